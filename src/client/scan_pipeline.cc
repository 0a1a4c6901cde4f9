#include "client/scan_pipeline.h"

#include <unistd.h>

#include <algorithm>
#include <exception>

#include "client/block_pool.h"
#include "client/deletion_vector_source.h"
#include "delta/file_stats.h"

namespace sluice::client {
namespace {

/// A column of eight bytes a row is then one large page.
constexpr std::int64_t kBatchRows = std::int64_t{256} << 10;

int Cores() {
  return std::max(static_cast<int>(std::thread::hardware_concurrency()), 1);
}

/// So many are fetched, as many are there and wait for a core, and the cores decode.
int OpenFiles(const PipelineRequest& request) {
  return 2 * request.connections + Cores();
}

Error Cancelled() {
  return {ErrorKind::kCancelled, "the scan was cancelled"};
}

WindowOptions WindowOptionsOf(const PipelineRequest& request) {
  WindowOptions options;
  // What the pool keeps for use again is taken from it.
  options.memory_budget =
      std::max(request.memory_budget / 2, request.memory_budget - BlockPool::kKeptBytes);
  // How many rows of a file pass a filter is not known before they are read.
  if (!request.what.plan.filter) options.limit = request.limit;
  // With a limit, each file opened early may be one too many.
  options.max_open_files = options.limit ? request.connections : OpenFiles(request);
  options.keep_order = request.keep_order;
  return options;
}

}  // namespace

ScanPipeline::ScanPipeline(PipelineRequest request)
    : request_(std::move(request)),
      source_(*request_.source),
      process_(::getpid()),
      window_(WindowOptionsOf(request_)) {}

Result<std::shared_ptr<Scan>> ScanPipeline::Start(PipelineRequest request) {
  if (request.limit && *request.limit < 0) {
    return Fail(ErrorKind::kInvalidArgument, "limit {} is negative", *request.limit);
  }
  // A forked process has the scan but none of its threads, for which the destructor would wait.
  const auto end = [process = ::getpid()](ScanPipeline* ended) {
    if (::getpid() == process) delete ended;
  };
  const std::shared_ptr<ScanPipeline> scan(new ScanPipeline(std::move(request)), end);
  auto described = scan->described_.get_future();
  scan->timer_.emplace(scan->request_.deadline, [raw = scan.get()] {
    raw->StopWork(raw->request_.deadline.Exceeded(raw->Progress()));
  });
  scan->threads_.emplace_back([raw = scan.get()] { raw->RunListing(); });
  SLUICE_RETURN_IF_ERROR(described.get());
  for (int i = 0; i < scan->request_.connections; ++i) {
    scan->threads_.emplace_back([raw = scan.get()] { raw->RunFetching(); });
  }
  for (int i = 0; i < Cores(); ++i) {
    scan->threads_.emplace_back([raw = scan.get()] { raw->RunDecoding(); });
  }
  return scan;
}

ScanPipeline::~ScanPipeline() {
  timer_.reset();
  StopWork(Cancelled());
  for (std::thread& thread : threads_) thread.join();
}

void ScanPipeline::StopWork(Error error) {
  stopped_ = true;
  source_.Cancel();
  window_.Stop(std::move(error));
}

void ScanPipeline::Cancel() {
  // In a forked process, its locks may be held for ever.
  if (::getpid() == process_) StopWork(Cancelled());
}

Status ScanPipeline::RunListingOrThrow() {
  ScanLister::Sink sink;
  sink.on_plan = [this](const TableInfo& table, const ScanLister::PlanPtr& plan) {
    plan_ = plan;
    version_ = table.version;
    is_described_ = true;
    described_.set_value(Status());
  };
  sink.on_file = [this](ListedChange listed) { return OnFile(std::move(listed)); };
  // An interrupt is for calls that wait, and until the table is described StartScan is one.
  sink.cancelled = [this] {
    return stopped_.load(std::memory_order_relaxed) || (!is_described_ && request_.interrupted());
  };
  return ScanLister(source_, request_.what).Run(sink);
}

void ScanPipeline::RunListing() {
  Status status;
  try {
    status = RunListingOrThrow();
  } catch (const std::exception& error) {
    status = Fail(ErrorKind::kInternal, "listing files: {}", error.what());
  }
  if (!is_described_) {
    described_.set_value(status ? Fail(ErrorKind::kMalformed, "the server's answer is empty")
                                : std::move(status));
    return;
  }
  listing_done_ = true;
  window_.FinishListing(std::move(status));
}

Status ScanPipeline::OnFile(ListedChange listed) {
  protocol::File& file = listed.file;
  const bool is_change = request_.what.changes.has_value();
  if (!source_.Hold(file) && !is_change) {
    return Fail(ErrorKind::kMalformed, "file {} is listed twice", file.id.substr(0, 128));
  }
  std::optional<FileChange> change;
  if (is_change) change = {std::move(listed.type), *file.version, *file.timestamp_ms};
  FileTask task = MakeTask(std::move(file));
  task.change = std::move(change);
  if (listed.other) {
    source_.Hold(*listed.other);
    task.other_vector = OtherVector{KeyOf(*listed.other), listed.other->deletion_vector};
    task.num_rows.reset();
  }
  return AddTask(std::move(task));
}

FileTask ScanPipeline::MakeTask(protocol::File file) const {
  FileTask task;
  task.key = KeyOf(file);
  task.size = file.size;
  task.partition_values = std::move(file.partition_values);
  if (file.stats) {
    // What a writer counted is the log's word; what it only bounded is not.
    const delta::FileStats stats = delta::ReadFileStats(*file.stats);
    const std::int64_t deleted = file.deletion_vector ? file.deletion_vector->cardinality : 0;
    const bool known = stats.num_records && stats.tight_bounds && deleted <= *stats.num_records;
    if (known) task.num_rows = *stats.num_records - deleted;
  }
  task.deletion_vector = std::move(file.deletion_vector);
  return task;
}

Status ScanPipeline::AddTask(FileTask task) {
  ++files_listed_;
  bytes_total_ += task.size;
  if (window_.AddFile(std::move(task))) return {};
  // Enough rows, or nobody reads on: either way the rest of the answer is not wanted.
  return Fail(Cancelled());
}

void ScanPipeline::FinishTask(const FileTask& task) {
  source_.Release(task.key);
  if (task.other_vector) source_.Release(task.other_vector->key);
}

Status ScanPipeline::InFile(const ScanWindow::Job& job, const std::function<Status()>& work) {
  const std::string place = "file " + job.file->task.key;
  try {
    Status status = work();
    return status ? status : Fail(status.error().At(place));
  } catch (const std::exception& error) {
    return Fail(ErrorKind::kInternal, "{}: {}", place, error.what());
  }
}

void ScanPipeline::RunFetching() {
  while (const auto job = window_.TakeJob()) {
    if (job->unit) {
      FetchUnit(*job);
    } else {
      OpenFile(*job);
    }
  }
}

void ScanPipeline::OpenFile(const ScanWindow::Job& job) {
  std::optional<DataFile> file;
  const Status status = InFile(job, [&]() -> Status {
    SLUICE_TRY(file, OpenDataFile(job.file->task));
    return {};
  });
  const bool unread = file && file->units().empty();
  window_.FinishOpening(job.file, status ? Result<DataFile>(*std::move(file))
                                         : Result<DataFile>(Fail(status.error())));
  if (unread) FinishTask(job.file->task);
}

void ScanPipeline::FetchUnit(const ScanWindow::Job& job) {
  const std::int64_t most = plan_->filter ? kBatchRows : request_.limit.value_or(kBatchRows);
  UnitReader reader =
      job.file->file->Read(*job.unit, std::clamp<std::int64_t>(most, 1, kBatchRows));
  const Status status = InFile(job, [&] { return reader.Start(); });
  if (status) {
    window_.FinishFetching(job, std::move(reader));
  } else {
    FinishUnit(job, status);
  }
}

void ScanPipeline::RunDecoding() {
  while (auto decoding = window_.TakeDecoding()) {
    std::shared_ptr<arrow::RecordBatch> batch;
    Status status = InFile(decoding->job, [&]() -> Status {
      SLUICE_TRY(batch, decoding->reader.Next());
      return {};
    });
    if (batch != nullptr) {
      window_.Push(*std::move(decoding), std::move(batch));
      continue;
    }
    const ScanWindow::Job job = decoding->job;
    decoding.reset();  // What it fetched is free before it counts as free.
    FinishUnit(job, std::move(status));
  }
}

void ScanPipeline::FinishUnit(const ScanWindow::Job& job, Status status) {
  if (window_.FinishUnit(job, std::move(status))) FinishTask(job.file->task);
}

Result<std::shared_ptr<arrow::Buffer>> ScanPipeline::Read(const FileRead& read) {
  auto bytes = source_.Read(read);
  if (bytes) bytes_read_.fetch_add(read.length, std::memory_order_relaxed);
  return bytes;
}

Result<DataFile> ScanPipeline::OpenDataFile(const FileTask& task) {
  DataFileRequest request;
  request.plan = plan_;
  request.size = task.size;
  request.partition_values = task.partition_values;
  request.change = task.change;
  if (task.num_rows) return DataFile::OfRows(std::move(request), *task.num_rows);
  SLUICE_TRY(request.rows, SelectRows(task, [this](const FileRead& read) { return Read(read); }));
  request.fetch = [this, key = task.key](std::int64_t begin, std::int64_t length) {
    return Read({key, FileRead::Of::kData, begin, length});
  };
  return DataFile::Open(std::move(request));
}

Result<std::shared_ptr<arrow::RecordBatch>> ScanPipeline::Next() {
  if (at_end_) return nullptr;
  if (::getpid() != process_) {
    return Fail(ErrorKind::kInvalidArgument,
                "the scan was started before this process was forked: start one here");
  }
  const bool satisfied = request_.limit && rows_ >= *request_.limit;
  auto batch = satisfied ? nullptr : window_.Take();
  if (batch && *batch != nullptr) return HandOut(*std::move(batch));
  if (batch) at_end_ = true;
  StopWork(batch ? Cancelled() : batch.error());
  return batch;
}

Result<std::shared_ptr<arrow::RecordBatch>> ScanPipeline::HandOut(
    std::shared_ptr<arrow::RecordBatch> batch) {
  if (request_.limit) {
    const std::int64_t missing = *request_.limit - rows_;
    if (batch->num_rows() > missing) batch = batch->Slice(0, missing);
  }
  rows_ += batch->num_rows();
  return batch;
}

ScanProgress ScanPipeline::Progress() const {
  ScanProgress progress;
  // Before the count it qualifies, so that "done" is never told of a count that still grows.
  progress.listing_done = listing_done_;
  progress.files_listed = files_listed_;
  progress.files_done = window_.files_done();
  progress.bytes_total = bytes_total_;
  progress.bytes_read = bytes_read_;
  progress.rows = rows_;
  return progress;
}

}  // namespace sluice::client
