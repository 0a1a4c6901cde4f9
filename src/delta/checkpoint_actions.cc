#include <limits>

#include "delta/arrow_access.h"
#include "delta/checkpoint_file.h"

namespace sluice::delta {
namespace {

constexpr std::size_t kMaxSidecars = 100'000;

/// The leaf that every action of its kind has: where it is null in a whole row group, the group
/// holds none.
struct ActionColumn {
  const char* column;
  const char* required;
};
constexpr ActionColumn kActionColumns[] = {{"protocol", "protocol.minReaderVersion"},
                                           {"metaData", "metaData.id"},
                                           {"sidecar", "sidecar.path"}};

bool AllNull(const parquet::ColumnChunkMetaData& chunk) {
  const auto statistics = chunk.statistics();
  return statistics != nullptr && statistics->HasNullCount() &&
         statistics->null_count() == chunk.num_values();
}

bool MayHaveActions(const parquet::FileMetaData& metadata, int row_group) {
  const auto group = metadata.RowGroup(row_group);
  for (const auto& action : kActionColumns) {
    for (const int leaf : LeavesBelow(*metadata.schema(), {action.required})) {
      if (!AllNull(*group->ColumnChunk(leaf))) return true;
    }
  }
  return false;
}

tl::unexpected<Error> Missing(std::string_view field) {
  return Fail(ErrorKind::kCorrupt, "{}: is missing", field);
}

Result<int> VersionOf(const StructRow& row, std::string_view name) {
  SLUICE_TRY(const auto version, row.Integer(name));
  if (!version) return Missing(fmt::format("protocol.{}", name));
  if (*version < 0 || *version > std::numeric_limits<int>::max()) {
    return Fail(ErrorKind::kCorrupt, "protocol.{}: {} is no version", name, *version);
  }
  return static_cast<int>(*version);
}

Result<Protocol> ToProtocol(const arrow::StructArray& array, std::int64_t index) {
  const StructRow row(array, index, "protocol");
  Protocol protocol;
  SLUICE_TRY(protocol.min_reader_version, VersionOf(row, "minReaderVersion"));
  SLUICE_TRY(protocol.min_writer_version, VersionOf(row, "minWriterVersion"));
  SLUICE_TRY(protocol.reader_features, row.Texts("readerFeatures"));
  SLUICE_TRY(protocol.writer_features, row.Texts("writerFeatures"));
  return protocol;
}

Result<Metadata> ToMetadata(const arrow::StructArray& array, std::int64_t index) {
  const StructRow row(array, index, "metaData");
  Metadata metadata;
  SLUICE_TRY(auto id, row.Text("id"));
  if (!id) return Missing("metaData.id");
  metadata.id = std::move(*id);
  SLUICE_TRY(metadata.name, row.Text("name"));
  SLUICE_TRY(metadata.description, row.Text("description"));
  SLUICE_TRY(auto schema, row.Text("schemaString"));
  metadata.schema_string = std::move(schema).value_or("");
  SLUICE_TRY(auto columns, row.Texts("partitionColumns"));
  metadata.partition_columns = std::move(columns).value_or(std::vector<std::string>());
  SLUICE_TRY(metadata.configuration, row.Options("configuration"));
  SLUICE_TRY(metadata.created_time, row.Integer("createdTime"));
  SLUICE_TRY(const auto format, row.Struct("format"));
  if (format != nullptr) {
    const StructRow format_row(*format, 0, "metaData.format");
    SLUICE_TRY(auto provider, format_row.Text("provider"));
    if (provider) metadata.format_provider = std::move(*provider);
    SLUICE_TRY(metadata.format_options, format_row.Options("options"));
  }
  return metadata;
}

Result<Sidecar> ToSidecar(const arrow::StructArray& array, std::int64_t index) {
  const StructRow row(array, index, "sidecar");
  SLUICE_TRY(auto path, row.Text("path"));
  if (!path) return Missing("sidecar.path");
  SLUICE_TRY(const auto size, row.Integer("sizeInBytes"));
  return Sidecar{std::move(*path), size.value_or(0)};
}

/// Calls `take(array, row)` for the rows of struct column `name` that are not null.
template <typename Take>
Status ForEachAction(const arrow::RecordBatch& batch, const char* name, const Take& take) {
  SLUICE_TRY(const auto array, AsStruct(batch.GetColumnByName(name), name));
  if (array == nullptr || array->null_count() == array->length()) return {};
  for (std::int64_t row = 0; row < array->length(); ++row) {
    if (array->IsValid(row)) SLUICE_RETURN_IF_ERROR(take(*array, row));
  }
  return {};
}

Status TakeActions(const arrow::RecordBatch& batch, CheckpointActions* actions) {
  SLUICE_RETURN_IF_ERROR(ForEachAction(batch, "protocol", [&](const auto& array, auto row) {
    return ToProtocol(array, row).map([&](Protocol&& value) {
      actions->protocol = std::move(value);
    });
  }));
  SLUICE_RETURN_IF_ERROR(ForEachAction(batch, "metaData", [&](const auto& array, auto row) {
    return ToMetadata(array, row).map([&](Metadata&& value) {
      actions->metadata = std::move(value);
    });
  }));
  return ForEachAction(batch, "sidecar", [&](const auto& array, auto row) -> Status {
    SLUICE_TRY(auto sidecar, ToSidecar(array, row));
    if (actions->sidecars.size() >= kMaxSidecars) {
      return Fail(ErrorKind::kTooLarge, "sidecar: more than {}", kMaxSidecars);
    }
    actions->sidecars.push_back(std::move(sidecar));
    return {};
  });
}

}  // namespace

Result<CheckpointActions> CheckpointFile::ReadActions() const {
  return Guarded(impl_->key, [&]() -> Result<CheckpointActions> {
    CheckpointActions actions;
    RowGroupRun run;
    run.leaves = LeavesBelow(*impl_->metadata->schema(), {"protocol", "metaData", "sidecar"});
    for (int i = 0; i < impl_->metadata->num_row_groups(); ++i) {
      if (MayHaveActions(*impl_->metadata, i)) run.row_groups.push_back(i);
    }
    if (run.leaves.empty() || run.row_groups.empty()) return actions;
    SLUICE_TRY(auto reader, RunReader::Open(*impl_, run));
    for (;;) {
      SLUICE_TRY(const auto batch, reader.Next());
      if (batch == nullptr) return actions;
      if (auto taken = TakeActions(*batch, &actions); !taken) {
        return Fail(taken.error().At(impl_->key));
      }
    }
  });
}

}  // namespace sluice::delta
