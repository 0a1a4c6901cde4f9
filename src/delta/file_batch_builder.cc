#include "delta/file_batch_builder.h"

#include <algorithm>

#include "base/arrow_status.h"

namespace sluice::delta {
namespace {

constexpr std::string_view kPlace = "file batch";
constexpr std::int64_t kMaxBatchTextBytes = std::int64_t{256} << 20;

template <typename Builder, typename Value>
arrow::Status AppendOptional(Builder* builder, const std::optional<Value>& value) {
  return value ? builder->Append(*value) : builder->AppendNull();
}

/// Finishes a builder; null when it holds nothing but nulls.
template <typename Array, typename Builder>
arrow::Result<std::shared_ptr<Array>> FinishOptional(Builder* builder) {
  if (builder->null_count() == builder->length()) {
    builder->Reset();
    return std::shared_ptr<Array>();
  }
  std::shared_ptr<Array> array;
  ARROW_RETURN_NOT_OK(builder->Finish(&array));
  return array;
}

std::optional<std::string_view> ViewOf(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return std::string_view(*text);
}

}  // namespace

std::shared_ptr<arrow::DataType> DeletionVectorType() {
  static const auto type = arrow::struct_({
      arrow::field("storageType", arrow::utf8()),
      arrow::field("pathOrInlineDv", arrow::utf8()),
      arrow::field("offset", arrow::int32()),
      arrow::field("sizeInBytes", arrow::int32()),
      arrow::field("cardinality", arrow::int64()),
  });
  return type;
}

struct FileBatchBuilder::Columns {
  explicit Columns(std::size_t partition_columns) : partition_values(partition_columns) {}

  arrow::Status AppendVector(const std::optional<DeletionVector>& vector) {
    if (!vector) return deletion_vector.AppendNull();
    ARROW_RETURN_NOT_OK(deletion_vector.Append());
    ARROW_RETURN_NOT_OK(vector_type->Append(&vector->storage_type, 1));
    ARROW_RETURN_NOT_OK(vector_path->Append(vector->path_or_inline));
    ARROW_RETURN_NOT_OK(AppendOptional(vector_offset.get(), vector->offset));
    ARROW_RETURN_NOT_OK(vector_size->Append(vector->size_in_bytes));
    return vector_cardinality->Append(vector->cardinality);
  }

  arrow::Status AppendRow(const FileRow& row, const std::optional<DeletionVector>& vector) {
    ARROW_RETURN_NOT_OK(path.Append(row.path));
    ARROW_RETURN_NOT_OK(size.Append(row.size));
    ARROW_RETURN_NOT_OK(modification_time.Append(row.modification_time));
    ARROW_RETURN_NOT_OK(AppendOptional(&stats, row.stats));
    ARROW_RETURN_NOT_OK(AppendOptional(&base_row_id, row.base_row_id));
    ARROW_RETURN_NOT_OK(
        AppendOptional(&default_row_commit_version, row.default_row_commit_version));
    ARROW_RETURN_NOT_OK(AppendOptional(&clustering_provider, row.clustering_provider));
    return AppendVector(vector);
  }

  arrow::Result<std::shared_ptr<const FileBatch>> Finish() {
    auto batch = std::make_shared<FileBatch>();
    ARROW_RETURN_NOT_OK(path.Finish(&batch->path));
    ARROW_RETURN_NOT_OK(size.Finish(&batch->size));
    ARROW_RETURN_NOT_OK(modification_time.Finish(&batch->modification_time));
    ARROW_ASSIGN_OR_RAISE(batch->stats, FinishOptional<arrow::StringArray>(&stats));
    ARROW_ASSIGN_OR_RAISE(batch->base_row_id, FinishOptional<arrow::Int64Array>(&base_row_id));
    ARROW_ASSIGN_OR_RAISE(batch->default_row_commit_version,
                          FinishOptional<arrow::Int64Array>(&default_row_commit_version));
    ARROW_ASSIGN_OR_RAISE(batch->clustering_provider,
                          FinishOptional<arrow::StringArray>(&clustering_provider));
    ARROW_ASSIGN_OR_RAISE(batch->deletion_vector,
                          FinishOptional<arrow::StructArray>(&deletion_vector));
    for (auto& builder : partition_values) {
      std::shared_ptr<arrow::DictionaryArray> values;
      ARROW_RETURN_NOT_OK(builder.Finish(&values));
      values->dictionary();  // Arrow makes it at the first call, which must not be two threads'.
      batch->partition_values.push_back(std::move(values));
    }
    return batch;
  }

  arrow::StringBuilder path;
  arrow::Int64Builder size;
  arrow::Int64Builder modification_time;
  arrow::StringBuilder stats;
  arrow::Int64Builder base_row_id;
  arrow::Int64Builder default_row_commit_version;
  arrow::StringBuilder clustering_provider;
  std::vector<arrow::StringDictionary32Builder> partition_values;
  std::shared_ptr<arrow::StringBuilder> vector_type = std::make_shared<arrow::StringBuilder>();
  std::shared_ptr<arrow::StringBuilder> vector_path = std::make_shared<arrow::StringBuilder>();
  std::shared_ptr<arrow::Int32Builder> vector_offset = std::make_shared<arrow::Int32Builder>();
  std::shared_ptr<arrow::Int32Builder> vector_size = std::make_shared<arrow::Int32Builder>();
  std::shared_ptr<arrow::Int64Builder> vector_cardinality = std::make_shared<arrow::Int64Builder>();
  arrow::StructBuilder deletion_vector{
      DeletionVectorType(),
      arrow::default_memory_pool(),
      {vector_type, vector_path, vector_offset, vector_size, vector_cardinality}};
};

FileBatchBuilder::FileBatchBuilder(std::vector<std::string> partition_columns)
    : partition_columns_(std::move(partition_columns)),
      columns_(std::make_unique<Columns>(partition_columns_.size())) {}

FileBatchBuilder::~FileBatchBuilder() = default;

Status FileBatchBuilder::AppendFixed(const FileRow& row,
                                     const std::optional<DeletionVector>& vector) {
  SLUICE_RETURN_IF_ERROR(FlushIfFull());
  SLUICE_RETURN_IF_ARROW(columns_->AppendRow(row, vector), kPlace);
  return {};
}

Status FileBatchBuilder::Append(const AddFile& add) {
  const FileRow row{.path = add.path,
                    .size = add.size,
                    .modification_time = add.modification_time,
                    .stats = ViewOf(add.stats),
                    .base_row_id = add.base_row_id,
                    .default_row_commit_version = add.default_row_commit_version,
                    .clustering_provider = ViewOf(add.clustering_provider)};
  SLUICE_RETURN_IF_ERROR(AppendFixed(row, add.deletion_vector));
  for (std::size_t column = 0; column < partition_columns_.size(); ++column) {
    const auto& name = partition_columns_[column];
    const auto value =
        std::find_if(add.partition_values.begin(), add.partition_values.end(),
                     [&](const PartitionValue& candidate) { return candidate.first == name; });
    auto& builder = columns_->partition_values[column];
    SLUICE_RETURN_IF_ARROW(value == add.partition_values.end()
                               ? builder.AppendNull()
                               : AppendOptional(&builder, ViewOf(value->second)),
                           kPlace);
  }
  return {};
}

Status FileBatchBuilder::Append(const FileBatch& batch, std::int64_t row) {
  SLUICE_RETURN_IF_ERROR(AppendFixed(batch.Row(row), batch.DeletionVectorAt(row)));
  for (std::size_t column = 0; column < partition_columns_.size(); ++column) {
    SLUICE_RETURN_IF_ARROW(
        AppendOptional(&columns_->partition_values[column], batch.PartitionValueAt(column, row)),
        kPlace);
  }
  return {};
}

Status FileBatchBuilder::FlushIfFull() {
  const auto text = columns_->path.value_data_length() + columns_->stats.value_data_length();
  if (columns_->path.length() < kMaxBatchRows && text < kMaxBatchTextBytes) return {};
  return Flush();
}

Status FileBatchBuilder::Flush() {
  if (columns_->path.length() == 0) return {};
  SLUICE_TRY(auto batch, FromArrow(columns_->Finish(), kPlace));
  columns_ = std::make_unique<Columns>(partition_columns_.size());
  LiveBatch live{.files = std::move(batch), .live = nullptr, .num_live = 0};
  live.num_live = live.files->num_rows();
  live.size_bytes = LiveSizeBytes(live);
  done_.push_back(std::move(live));
  return {};
}

Result<std::vector<LiveBatch>> FileBatchBuilder::Finish() {
  SLUICE_RETURN_IF_ERROR(Flush());
  return std::exchange(done_, {});
}

}  // namespace sluice::delta
