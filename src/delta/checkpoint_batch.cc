#include "delta/checkpoint_batch.h"

#include <arrow/buffer_builder.h>

#include <algorithm>

#include "base/arrow_status.h"
#include "base/encoding.h"
#include "delta/arrow_access.h"
#include "delta/checkpoint_file.h"
#include "delta/file_batch_builder.h"
#include "delta/partition_columns.h"

namespace sluice::delta {
namespace {

/// Batches with fewer live rows than one in this many are copied.
constexpr std::int64_t kSparse = 4;

bool AllText(const parquet::FileMetaData& metadata, const std::vector<int>& row_groups, int stats,
             int path) {
  return std::all_of(row_groups.begin(), row_groups.end(), [&](int group) {
    const auto row_group = metadata.RowGroup(group);
    const auto text = row_group->ColumnChunk(stats)->statistics();
    const auto files = row_group->ColumnChunk(path)->statistics();
    return text != nullptr && files != nullptr && text->HasNullCount() && files->HasNullCount() &&
           text->null_count() <= files->null_count();
  });
}

template <typename Array>
std::shared_ptr<Array> UnlessAllNull(std::shared_ptr<Array> array) {
  return array->null_count() == array->length() ? nullptr : std::move(array);
}

Result<std::shared_ptr<arrow::StringArray>> OptionalText(const arrow::StructArray& add,
                                                         const char* name) {
  const auto column = add.GetFieldByName(name);
  if (column == nullptr) return std::shared_ptr<arrow::StringArray>();
  return AsText(column, fmt::format("add.{}", name)).map(UnlessAllNull<arrow::StringArray>);
}

Result<std::shared_ptr<arrow::Int64Array>> OptionalInteger(const arrow::StructArray& add,
                                                           const char* name) {
  const auto column = add.GetFieldByName(name);
  if (column == nullptr) return std::shared_ptr<arrow::Int64Array>();
  return AsInt64(column, fmt::format("add.{}", name)).map(UnlessAllNull<arrow::Int64Array>);
}

/// Checked one by one: deletion vectors are few.
Result<std::shared_ptr<arrow::StructArray>> DeletionVectors(const arrow::StructArray& add) {
  constexpr std::string_view kPlace = "add.deletionVector";
  SLUICE_TRY(const auto logged, AsStruct(add.GetFieldByName("deletionVector"), kPlace));
  if (logged == nullptr || logged->null_count() == logged->length()) {
    return std::shared_ptr<arrow::StructArray>();
  }
  const auto get = [&](const char* name) { return logged->GetFieldByName(name); };
  if (get("storageType") == nullptr || get("pathOrInlineDv") == nullptr ||
      get("sizeInBytes") == nullptr || get("cardinality") == nullptr) {
    return Fail(ErrorKind::kCorrupt, "{}: a required column is missing", kPlace);
  }
  SLUICE_TRY(auto type, AsText(get("storageType"), kPlace));
  SLUICE_TRY(auto path, AsText(get("pathOrInlineDv"), kPlace));
  SLUICE_TRY(auto size, AsInt32(get("sizeInBytes"), kPlace));
  SLUICE_TRY(auto cardinality, AsInt64(get("cardinality"), kPlace));
  std::shared_ptr<arrow::Int32Array> offset;
  if (get("offset") != nullptr) {
    SLUICE_TRY(offset, AsInt32(get("offset"), kPlace));
  } else {
    SLUICE_TRY(const auto nulls,
               FromArrow(arrow::MakeArrayOfNull(arrow::int32(), logged->length()), kPlace));
    offset = std::static_pointer_cast<arrow::Int32Array>(nulls);
  }
  // Some writers mark a missing vector by null members only, so validity is written anew.
  arrow::TypedBufferBuilder<bool> valid;
  std::int64_t nulls = 0;
  for (std::int64_t row = 0; row < logged->length(); ++row) {
    const bool present = add.IsValid(row) && logged->IsValid(row) && type->IsValid(row);
    if (!present) ++nulls;
    SLUICE_RETURN_IF_ARROW(valid.Append(present), kPlace);
    if (!present) continue;
    const auto kind = type->GetView(row);
    if ((kind != "u" && kind != "i" && kind != "p") || path->IsNull(row) || size->IsNull(row) ||
        cardinality->IsNull(row) || size->Value(row) < 0 || cardinality->Value(row) < 0) {
      return Fail(ErrorKind::kCorrupt, "{} of row {}: not a deletion vector", kPlace, row);
    }
  }
  if (nulls == logged->length()) return std::shared_ptr<arrow::StructArray>();
  std::shared_ptr<arrow::Buffer> bitmap;
  SLUICE_RETURN_IF_ARROW(valid.Finish(&bitmap), kPlace);
  return std::make_shared<arrow::StructArray>(
      DeletionVectorType(), logged->length(),
      arrow::ArrayVector{type, path, offset, size, cardinality}, std::move(bitmap), nulls);
}

Result<std::vector<LiveBatch>> CopyLive(const LiveBatch& batch,
                                        const std::vector<std::string>& partition_columns) {
  FileBatchBuilder builder(partition_columns);
  for (std::int64_t row = 0; row < batch.files->num_rows(); ++row) {
    if (batch.IsLive(row)) SLUICE_RETURN_IF_ERROR(builder.Append(*batch.files, row));
  }
  return builder.Finish();
}

}  // namespace

Result<BatchColumns> BatchColumns::Choose(const parquet::FileMetaData& metadata,
                                          const std::vector<int>& row_groups) {
  const auto& schema = *metadata.schema();
  BatchColumns columns;
  if (LeavesBelow(schema, {"add"}).empty()) return columns;
  const auto path = LeavesBelow(schema, {"add.path"});
  for (const char* required : {"add.path", "add.size", "add.modificationTime"}) {
    if (LeavesBelow(schema, {required}).size() != 1) {
      return Fail(ErrorKind::kCorrupt, "{}: is no column of the checkpoint", required);
    }
  }
  std::vector<std::string> wanted = {"add.path",
                                     "add.partitionValues",
                                     "add.size",
                                     "add.modificationTime",
                                     "add.stats",
                                     "add.deletionVector",
                                     "add.baseRowId",
                                     "add.defaultRowCommitVersion",
                                     "add.clusteringProvider"};
  const auto stats = LeavesBelow(schema, {"add.stats"});
  if (stats.size() != 1 || !AllText(metadata, row_groups, stats.front(), path.front())) {
    wanted.emplace_back("add.stats_parsed");
    columns.reads_parsed_stats_ = true;
  }
  columns.leaves_ = LeavesBelow(schema, wanted);
  return columns;
}

void BatchColumns::Bind(const parquet::arrow::FileReader& reader) {
  if (!reads_parsed_stats_) return;
  const auto& manifest = reader.manifest();
  for (const auto& field : manifest.schema_fields) {
    if (field.field->name() != "add") continue;
    for (const auto& child : field.children) {
      if (child.field->name() == "stats_parsed") {
        parsed_stats_ = MakeStatsNode(child, *manifest.descr);
      }
    }
  }
}

Result<std::shared_ptr<arrow::StringArray>> BatchConverter::MakeStats(
    const arrow::StructArray& add) const {
  SLUICE_TRY(auto text, OptionalText(add, "stats"));
  if (!columns_.parsed_stats()) return text;
  SLUICE_TRY(const auto parsed, AsStruct(add.GetFieldByName("stats_parsed"), "add.stats_parsed"));
  if (parsed == nullptr || parsed->null_count() == parsed->length()) return text;
  return StatsToJson(*parsed, *columns_.parsed_stats(), text.get());
}

Result<std::shared_ptr<FileBatch>> BatchConverter::MakeBatch(const arrow::StructArray& add) const {
  auto batch = std::make_shared<FileBatch>();
  SLUICE_TRY(batch->path, AsText(add.GetFieldByName("path"), "add.path"));
  SLUICE_TRY(batch->size, AsInt64(add.GetFieldByName("size"), "add.size"));
  SLUICE_TRY(batch->modification_time,
             AsInt64(add.GetFieldByName("modificationTime"), "add.modificationTime"));
  SLUICE_TRY(batch->stats, MakeStats(add));
  SLUICE_TRY(batch->deletion_vector, DeletionVectors(add));
  SLUICE_TRY(batch->base_row_id, OptionalInteger(add, "baseRowId"));
  SLUICE_TRY(batch->default_row_commit_version, OptionalInteger(add, "defaultRowCommitVersion"));
  SLUICE_TRY(batch->clustering_provider, OptionalText(add, "clusteringProvider"));
  if (selection_.partition_columns.empty()) return batch;
  const auto values = add.GetFieldByName("partitionValues");
  if (values == nullptr || values->type_id() != arrow::Type::MAP) {
    return Fail(ErrorKind::kCorrupt, "add.partitionValues: is no map column of the checkpoint");
  }
  SLUICE_TRY(batch->partition_values,
             DecodePartitionValues(static_cast<const arrow::MapArray&>(*values),
                                   selection_.partition_columns, "add.partitionValues"));
  return batch;
}

Result<LiveBatch> BatchConverter::MarkLive(const arrow::StructArray& add,
                                           std::shared_ptr<const FileBatch> batch) const {
  const auto rows = batch->num_rows();
  auto live = std::make_shared<std::vector<std::uint8_t>>((rows + 7) / 8, std::uint8_t{0});
  LiveBatch result{.files = batch, .live = nullptr, .num_live = 0};
  BatchKeys keys(*batch);
  for (std::int64_t row = 0; row < rows; ++row) {
    if (add.IsNull(row) || batch->path->IsNull(row)) continue;
    if (batch->size->IsNull(row) || batch->size->Value(row) < 0 ||
        batch->modification_time->IsNull(row) || batch->path->value_length(row) == 0) {
      return Fail(ErrorKind::kCorrupt, "add of '{}': path, size or modificationTime is no value",
                  Printable(batch->path->GetView(row), 300));
    }
    if (!selection_.superseded->empty() && selection_.superseded->contains(keys.At(row))) continue;
    (*live)[static_cast<std::size_t>(row >> 3)] |= static_cast<std::uint8_t>(1U << (row & 7));
    ++result.num_live;
  }
  if (result.num_live != rows) result.live = std::move(live);
  result.size_bytes = LiveSizeBytes(result);
  return result;
}

Result<std::vector<LiveBatch>> BatchConverter::Convert(const arrow::RecordBatch& record) const {
  std::vector<LiveBatch> batches;
  SLUICE_TRY(const auto add, AsStruct(record.GetColumnByName("add"), "add"));
  if (add == nullptr) return Fail(ErrorKind::kCorrupt, "add: is no single column");
  if (add->null_count() == add->length()) return batches;
  SLUICE_TRY(auto batch, MakeBatch(*add));
  SLUICE_TRY(auto live, MarkLive(*add, std::move(batch)));
  if (live.num_live == 0) return batches;
  if (live.num_live < live.files->num_rows() / kSparse) {
    return CopyLive(live, selection_.partition_columns);
  }
  batches.push_back(std::move(live));
  return batches;
}

}  // namespace sluice::delta
