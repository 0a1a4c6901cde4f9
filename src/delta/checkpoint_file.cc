#include "delta/checkpoint_file.h"

#include <algorithm>

#include "base/arrow_status.h"
#include "delta/file_batch_builder.h"
#include "delta/log_file.h"
#include "delta/page_pool.h"

namespace sluice::delta {
namespace {

constexpr int kMaxLeaves = 100'000;
constexpr int kMaxRowGroups = 1'000'000;
/// No row of a checkpoint takes less than a byte of its file; some room for tiny files.
constexpr std::int64_t kMaxRowsPerByte = 8;
constexpr std::int64_t kMinRowLimit = 64 * 1024;
constexpr std::int64_t kMaxBatchBytes = std::int64_t{256} << 20;
constexpr std::int64_t kMinBatchRows = 256;

Status CheckFooter(const parquet::FileMetaData& metadata, std::int64_t file_size) {
  if (metadata.num_columns() > kMaxLeaves) {
    return Fail(ErrorKind::kTooLarge, "{} columns; the limit is {}", metadata.num_columns(),
                kMaxLeaves);
  }
  if (metadata.num_row_groups() > kMaxRowGroups) {
    return Fail(ErrorKind::kTooLarge, "{} row groups; the limit is {}", metadata.num_row_groups(),
                kMaxRowGroups);
  }
  const std::int64_t limit = kMinRowLimit + file_size * kMaxRowsPerByte;
  std::int64_t rows = 0;
  for (int i = 0; i < metadata.num_row_groups(); ++i) {
    const auto count = metadata.RowGroup(i)->num_rows();
    if (count < 0 || count > limit || (rows += count) > limit) {
      return Fail(ErrorKind::kCorrupt, "claims more rows than {} bytes can hold", file_size);
    }
  }
  return {};
}

/// As many rows as keep a batch of average ones within kMaxBatchBytes.
std::int64_t BatchRows(const parquet::FileMetaData& metadata, const RowGroupRun& run) {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  for (const int i : run.row_groups) {
    const auto group = metadata.RowGroup(i);
    rows += group->num_rows();
    for (const int leaf : run.leaves) {
      bytes += std::clamp<std::int64_t>(group->ColumnChunk(leaf)->total_uncompressed_size(), 0,
                                        std::int64_t{1} << 40);
    }
  }
  if (rows <= 0 || bytes <= kMaxBatchBytes) return kMaxBatchRows;
  const auto row_bytes = std::max<std::int64_t>(1, bytes / rows);
  return std::clamp(kMaxBatchBytes / row_bytes, kMinBatchRows, kMaxBatchRows);
}

}  // namespace

CheckpointFile::CheckpointFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CheckpointFile::~CheckpointFile() = default;

Result<std::shared_ptr<const CheckpointFile>> CheckpointFile::Open(
    const storage::ObjectStore& store, const storage::ObjectMeta& meta) {
  const std::string& key = meta.key;
  auto opened = meta.size > 0 ? store.OpenListed(meta, storage::ObjectStore::Reading::kMost)
                              : store.Open(key);
  if (!opened) return Fail(PromisedInLog(opened.error()).At(key));
  auto impl = std::make_unique<Impl>();
  impl->key = key;
  impl->file = std::move(*opened);
  SLUICE_TRY(impl->file_size, FromArrow(impl->file->GetSize(), key));
  const auto read = Guarded(key, [&]() -> Status {
    impl->metadata = parquet::ReadMetaData(impl->file);
    if (auto checked = CheckFooter(*impl->metadata, impl->file_size); !checked) {
      return Fail(checked.error().At(key));
    }
    return {};
  });
  if (!read) return Fail(PromisedInLog(read.error()));
  return std::shared_ptr<const CheckpointFile>(new CheckpointFile(std::move(impl)));
}

std::vector<int> LeavesBelow(const parquet::SchemaDescriptor& schema,
                             const std::vector<std::string>& paths) {
  std::vector<int> leaves;
  for (int i = 0; i < schema.num_columns(); ++i) {
    const auto leaf = schema.Column(i)->path()->ToDotString();
    if (std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
          return leaf.starts_with(path) && (leaf.size() == path.size() || leaf[path.size()] == '.');
        })) {
      leaves.push_back(i);
    }
  }
  return leaves;
}

Result<RunReader> RunReader::Open(const CheckpointFile::Impl& file, const RowGroupRun& run) {
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_batch_size(BatchRows(*file.metadata, run));
  properties.set_pre_buffer(true);
  properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
  parquet::arrow::FileReaderBuilder builder;
  SLUICE_RETURN_IF_ARROW(
      builder.Open(file.file, parquet::default_reader_properties(), file.metadata), file.key);
  builder.properties(properties)->memory_pool(ColumnPool());
  RunReader reader;
  reader.key_ = file.key;
  SLUICE_RETURN_IF_ARROW(builder.Build(&reader.reader_), file.key);
  SLUICE_TRY(reader.batches_,
             FromArrow(reader.reader_->GetRecordBatchReader(run.row_groups, run.leaves), file.key));
  return reader;
}

Result<std::shared_ptr<arrow::RecordBatch>> RunReader::Next() {
  std::shared_ptr<arrow::RecordBatch> batch;
  SLUICE_RETURN_IF_ARROW(batches_->ReadNext(&batch), key_);
  return batch;
}

}  // namespace sluice::delta
