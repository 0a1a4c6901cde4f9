#include "delta/snapshot.h"

#include <limits>

#include "delta/file_stats.h"

namespace sluice::delta {
namespace {

/// Sizes come from a log anyone may have written; a sum must not overflow.
std::int64_t SaturatingAdd(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::numeric_limits<std::int64_t>::max();
  return sum;
}

std::int64_t BufferBytes(const arrow::ArrayData& data) {
  std::int64_t bytes = 0;
  for (const auto& buffer : data.buffers) {
    if (buffer != nullptr) bytes += buffer->capacity();
  }
  for (const auto& child : data.child_data) bytes += BufferBytes(*child);
  if (data.dictionary != nullptr) bytes += BufferBytes(*data.dictionary);
  return bytes;
}

std::int64_t ArrayBytes(const arrow::Array* array) {
  return array == nullptr ? 0 : BufferBytes(*array->data());
}

std::optional<std::string_view> TextAt(const arrow::StringArray* array, std::int64_t row) {
  if (array == nullptr || array->IsNull(row)) return std::nullopt;
  return array->GetView(row);
}

std::optional<std::int64_t> NumberAt(const arrow::Int64Array* array, std::int64_t row) {
  if (array == nullptr || array->IsNull(row)) return std::nullopt;
  return array->Value(row);
}

const arrow::StringArray& DvText(const arrow::StructArray& vectors, int field) {
  return static_cast<const arrow::StringArray&>(*vectors.field(field));
}

}  // namespace

FileRow FileBatch::Row(std::int64_t row) const {
  return FileRow{
      .path = path->GetView(row),
      .size = size->Value(row),
      .modification_time = modification_time->Value(row),
      .stats = TextAt(stats.get(), row),
      .base_row_id = NumberAt(base_row_id.get(), row),
      .default_row_commit_version = NumberAt(default_row_commit_version.get(), row),
      .clustering_provider = TextAt(clustering_provider.get(), row),
  };
}

std::optional<std::string_view> FileBatch::PartitionValueAt(std::size_t column,
                                                            std::int64_t row) const {
  const auto& values = *partition_values[column];
  if (values.IsNull(row)) return std::nullopt;
  const auto& dictionary = static_cast<const arrow::StringArray&>(*values.dictionary());
  return dictionary.GetView(values.GetValueIndex(row));
}

std::optional<DeletionVector> FileBatch::DeletionVectorAt(std::int64_t row) const {
  if (deletion_vector == nullptr || deletion_vector->IsNull(row)) return std::nullopt;
  DeletionVector vector;
  const auto storage_type = DvText(*deletion_vector, 0).GetView(row);
  vector.storage_type = storage_type.empty() ? 'u' : storage_type.front();
  vector.path_or_inline = DvText(*deletion_vector, 1).GetString(row);
  const auto& offset = static_cast<const arrow::Int32Array&>(*deletion_vector->field(2));
  if (!offset.IsNull(row)) vector.offset = offset.Value(row);
  vector.size_in_bytes =
      static_cast<const arrow::Int32Array&>(*deletion_vector->field(3)).Value(row);
  vector.cardinality = static_cast<const arrow::Int64Array&>(*deletion_vector->field(4)).Value(row);
  return vector;
}

std::optional<std::int64_t> FileBatch::NumRecordsAt(std::int64_t row) const {
  const auto text = TextAt(stats.get(), row);
  if (!text) return std::nullopt;
  const auto records = ReadFileStats(*text).num_records;
  if (!records) return std::nullopt;
  const auto vector = DeletionVectorAt(row);
  if (!vector) return records;
  if (vector->cardinality > *records) return std::nullopt;
  return *records - vector->cardinality;
}

namespace {

std::optional<std::int64_t> CountRecords(std::span<const LiveBatch> batches) {
  std::int64_t sum = 0;
  for (const auto& batch : batches) {
    for (std::int64_t row = 0; row < batch.files->num_rows(); ++row) {
      if (!batch.IsLive(row)) continue;
      const auto records = batch.files->NumRecordsAt(row);
      if (!records || *records < 0) return std::nullopt;
      sum = SaturatingAdd(sum, *records);
    }
  }
  return sum;
}

std::int64_t FixedBytes(const FileBatch& batch) {
  std::int64_t bytes = sizeof(FileBatch);
  for (const arrow::Array* array :
       {static_cast<const arrow::Array*>(batch.path.get()),
        static_cast<const arrow::Array*>(batch.size.get()),
        static_cast<const arrow::Array*>(batch.modification_time.get()),
        static_cast<const arrow::Array*>(batch.stats.get()),
        static_cast<const arrow::Array*>(batch.deletion_vector.get()),
        static_cast<const arrow::Array*>(batch.base_row_id.get()),
        static_cast<const arrow::Array*>(batch.default_row_commit_version.get()),
        static_cast<const arrow::Array*>(batch.clustering_provider.get())}) {
    bytes += ArrayBytes(array);
  }
  for (const auto& column : batch.partition_values) bytes += ArrayBytes(column.get());
  return bytes;
}

std::int64_t DerivedBytes(const FileBatch& batch) {
  return batch.bounds->memory_bytes() + batch.keys->memory_bytes();
}

}  // namespace

std::int64_t BatchBytes(const FileBatch& batch) {
  return FixedBytes(batch) + DerivedBytes(batch);
}

std::int64_t LiveSizeBytes(const LiveBatch& batch) {
  std::int64_t bytes = 0;
  for (std::int64_t row = 0; row < batch.files->num_rows(); ++row) {
    // Eight dead ones at once: predicates leave few.
    if (batch.live != nullptr && row % 8 == 0 &&
        (*batch.live)[static_cast<std::size_t>(row / 8)] == 0) {
      row += 7;
      continue;
    }
    if (batch.IsLive(row)) bytes = SaturatingAdd(bytes, batch.files->size->Value(row));
  }
  return bytes;
}

Snapshot::Snapshot(SnapshotParts parts) : parts_(std::move(parts)) {
  for (auto& batch : parts_.batches) {
    if (batch.size_bytes < 0) batch.size_bytes = LiveSizeBytes(batch);
    num_files_ += batch.num_live;
    size_bytes_ = SaturatingAdd(size_bytes_, batch.size_bytes);
    fixed_bytes_ += FixedBytes(*batch.files);
    if (batch.live != nullptr) fixed_bytes_ += static_cast<std::int64_t>(batch.live->capacity());
  }
}

std::optional<std::int64_t> Snapshot::num_records() const {
  std::int64_t sum = num_records_.load(std::memory_order_relaxed);
  if (sum == kNotCounted) {
    sum = CountRecords(parts_.batches).value_or(kUnknown);
    num_records_.store(sum, std::memory_order_relaxed);
  }
  return sum == kUnknown ? std::nullopt : std::optional(sum);
}

std::int64_t Snapshot::memory_bytes() const {
  std::int64_t bytes = fixed_bytes_;
  for (const auto& batch : parts_.batches) bytes += DerivedBytes(*batch.files);
  return bytes;
}

}  // namespace sluice::delta
