#include "client/scan_window.h"

#include <arrow/util/byte_size.h>

namespace sluice::client {
namespace {

/// Files listed ahead of reading: enough to hide the listing, few enough to bound it.
constexpr std::size_t kMaxListed = 65'536;

std::int64_t LiveRows(const DataFile& file) {
  std::int64_t rows = 0;
  for (const FileUnit& unit : file.units()) rows += unit.live_rows;
  return rows;
}

}  // namespace

void ScanWindow::WakeWorkers() {
  fetcher_wake_.notify_all();
  decoder_wake_.notify_all();
}

bool ScanWindow::NeedsMoreFiles() const {
  return !stopped_ && (!options_.limit || opened_rows_ < *options_.limit);
}

bool ScanWindow::AddFile(FileTask task) {
  std::unique_lock lock(mutex_);
  lister_wake_.wait(lock, [&] { return !NeedsMoreFiles() || listed_.size() < kMaxListed; });
  if (!NeedsMoreFiles()) return false;
  listed_.push_back(std::move(task));
  fetcher_wake_.notify_one();
  return true;
}

void ScanWindow::FinishListing(Status status) {
  const std::lock_guard lock(mutex_);
  listing_done_ = true;
  listing_status_ = std::move(status);
  WakeWorkers();
  reader_wake_.notify_all();
}

bool ScanWindow::IsNext(const WindowFile& file, std::size_t unit) const {
  if (!options_.keep_order) return ready_batches_ == 0;
  return !active_.empty() && active_.front().get() == &file && file.next_to_take == unit;
}

// Nothing else may come to free memory while the reader waits for a unit that is next.

bool ScanWindow::MayFetch(const Job& job, std::int64_t bytes) const {
  const std::int64_t budget = options_.memory_budget;
  // The other half is for what becomes of them.
  const bool room = fetched_bytes_ + bytes <= budget / 2 && charged_bytes_ + bytes <= budget;
  if (room) return true;
  return IsNext(*job.file, *job.unit) && (options_.keep_order || running_units_ == 0);
}

bool ScanWindow::MayDecode(const WindowFile& file, std::size_t unit) const {
  const bool begun = file.units[unit].begun;
  const std::int64_t more = begun ? 0 : file.file->units()[unit].decoded_bytes;
  if (charged_bytes_ + more <= options_.memory_budget) return true;
  return IsNext(file, unit) && (options_.keep_order || begun || decoding_units_ == 0);
}

std::optional<ScanWindow::Job> ScanWindow::NextFetch() {
  std::int64_t rows_before = dropped_rows_;
  for (const auto& file : active_) {
    if (!file->file) {
      // With a limit, whether later files are needed depends on this one.
      if (options_.limit && options_.keep_order) return std::nullopt;
      continue;
    }
    const auto& units = file->file->units();
    for (std::size_t i = 0; i < units.size(); ++i) {
      const std::int64_t before = options_.keep_order ? rows_before : started_rows_;
      if (options_.limit && before >= *options_.limit) return std::nullopt;
      rows_before += units[i].live_rows;
      if (i != file->next_to_read) continue;
      Job job{file, i};
      const std::int64_t bytes = units[i].fetch_bytes;
      // Units start in order: one that waits for memory is not overtaken.
      if (!MayFetch(job, bytes)) return std::nullopt;
      file->units[i].fetched_bytes = bytes;
      fetched_bytes_ += bytes;
      charged_bytes_ += bytes;
      started_rows_ += units[i].live_rows;
      ++running_units_;
      ++file->next_to_read;
      return job;
    }
  }
  return std::nullopt;
}

std::optional<ScanWindow::Job> ScanWindow::NextOpen() {
  if (listed_.empty() || !NeedsMoreFiles() ||
      active_.size() >= static_cast<std::size_t>(options_.max_open_files)) {
    return std::nullopt;
  }
  auto file = std::make_shared<WindowFile>();
  file->task = std::move(listed_.front());
  listed_.pop_front();
  active_.push_back(file);
  lister_wake_.notify_one();
  return Job{std::move(file), std::nullopt};
}

bool ScanWindow::NothingToFetch() const {
  if (stopped_) return true;
  if (NeedsMoreFiles() && !(listing_done_ && listed_.empty())) return false;
  for (const auto& file : active_) {
    if (!file->file && !file->error) return false;
    if (file->next_to_read < file->units.size()) return false;
  }
  return true;
}

std::optional<ScanWindow::Job> ScanWindow::TakeJob() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (NothingToFetch()) return std::nullopt;
    if (auto job = NextFetch()) return job;
    if (auto job = NextOpen()) return job;
    fetcher_wake_.wait(lock);
  }
}

void ScanWindow::FinishOpening(const std::shared_ptr<WindowFile>& file, Result<DataFile> opened) {
  const std::lock_guard lock(mutex_);
  if (opened) {
    file->units.resize(opened->units().size());
    opened_rows_ += LiveRows(*opened);
    file->file = *std::move(opened);
  } else {
    file->error = std::move(opened).error();
  }
  lister_wake_.notify_all();
  WakeWorkers();
  reader_wake_.notify_all();
}

void ScanWindow::FinishFetching(const Job& job, UnitReader fetched) {
  const std::lock_guard lock(mutex_);
  job.file->units[*job.unit].reader = std::move(fetched);
  decoder_wake_.notify_one();
}

std::optional<ScanWindow::Decoding> ScanWindow::NextDecoding() {
  for (const auto& file : active_) {
    for (std::size_t i = file->first_unfinished; i < file->next_to_read; ++i) {
      WindowFile::Unit& unit = file->units[i];
      if (!unit.reader) continue;
      // Likewise not overtaken.
      if (!MayDecode(*file, i)) return std::nullopt;
      if (!unit.begun) {
        unit.begun = true;
        unit.expected_bytes = file->file->units()[i].decoded_bytes;
        charged_bytes_ += unit.expected_bytes;
        ++decoding_units_;
      }
      Decoding decoding{{file, i}, *std::move(unit.reader)};
      unit.reader.reset();
      return decoding;
    }
  }
  return std::nullopt;
}

std::optional<ScanWindow::Decoding> ScanWindow::TakeDecoding() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stopped_) return std::nullopt;
    if (auto decoding = NextDecoding()) return decoding;
    if (running_units_ == 0 && NothingToFetch()) return std::nullopt;
    decoder_wake_.wait(lock);
  }
}

void ScanWindow::Push(Decoding decoding, std::shared_ptr<arrow::RecordBatch> batch) {
  const std::int64_t bytes = arrow::util::TotalBufferSize(*batch);
  const std::lock_guard lock(mutex_);
  WindowFile::Unit& unit = decoding.job.file->units[*decoding.job.unit];
  const std::int64_t expected = std::min(unit.expected_bytes, bytes);
  unit.expected_bytes -= expected;
  charged_bytes_ += bytes - expected;
  unit.batches.push_back(std::move(batch));
  unit.reader = std::move(decoding.reader);
  ++ready_batches_;
  decoder_wake_.notify_one();
  reader_wake_.notify_one();
}

bool ScanWindow::FinishUnit(const Job& job, Status status) {
  const std::lock_guard lock(mutex_);
  WindowFile::Unit& unit = job.file->units[*job.unit];
  charged_bytes_ -= unit.fetched_bytes + unit.expected_bytes;
  fetched_bytes_ -= unit.fetched_bytes;
  if (unit.begun) --decoding_units_;
  unit.fetched_bytes = 0;
  unit.expected_bytes = 0;
  if (!status) unit.error = std::move(status).error();
  unit.done = true;
  --running_units_;
  WindowFile& file = *job.file;
  while (file.first_unfinished < file.units.size() && file.units[file.first_unfinished].done) {
    ++file.first_unfinished;
  }
  WakeWorkers();
  reader_wake_.notify_one();
  return ++file.finished == file.units.size();
}

std::shared_ptr<arrow::RecordBatch> ScanWindow::PopBatch(WindowFile::Unit* unit) {
  auto batch = std::move(unit->batches.front());
  unit->batches.pop_front();
  --ready_batches_;
  charged_bytes_ -= arrow::util::TotalBufferSize(*batch);
  WakeWorkers();
  return batch;
}

void ScanWindow::DropFile(std::size_t index) {
  const auto& file = active_[index];
  if (file->file) dropped_rows_ += LiveRows(*file->file);
  active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(index));
  ++files_done_;
  WakeWorkers();
}

Result<std::shared_ptr<arrow::RecordBatch>> ScanWindow::TakeInOrder() {
  while (!active_.empty()) {
    WindowFile& file = *active_.front();
    if (file.error) return Fail(*file.error);
    if (!file.file) return nullptr;
    if (file.next_to_take == file.units.size()) {
      DropFile(0);
      continue;
    }
    WindowFile::Unit& unit = file.units[file.next_to_take];
    if (!unit.batches.empty()) return PopBatch(&unit);
    if (unit.error) return Fail(*unit.error);
    if (!unit.done) return nullptr;
    ++file.next_to_take;
    WakeWorkers();
  }
  return nullptr;
}

Result<std::shared_ptr<arrow::RecordBatch>> ScanWindow::TakeAny() {
  for (std::size_t i = 0; i < active_.size();) {
    WindowFile& file = *active_[i];
    if (file.error) return Fail(*file.error);
    bool all_taken = file.file.has_value();
    for (WindowFile::Unit& unit : file.units) {
      if (!unit.batches.empty()) return PopBatch(&unit);
      if (unit.error) return Fail(*unit.error);
      all_taken = all_taken && unit.done;
    }
    if (all_taken) {
      DropFile(i);
    } else {
      ++i;
    }
  }
  return nullptr;
}

Result<std::shared_ptr<arrow::RecordBatch>> ScanWindow::Take() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stopped_) return Fail(*stopped_);
    SLUICE_TRY(auto batch, options_.keep_order ? TakeInOrder() : TakeAny());
    if (batch != nullptr) return batch;
    if (AtEnd()) {
      if (!listing_status_) return Fail(listing_status_.error());
      return nullptr;
    }
    reader_wake_.wait(lock);
  }
}

void ScanWindow::Stop(Error error) {
  const std::lock_guard lock(mutex_);
  if (!stopped_) stopped_ = std::move(error);
  lister_wake_.notify_all();
  WakeWorkers();
  reader_wake_.notify_all();
}

}  // namespace sluice::client
