#include "parquet_table/folder_snapshot.h"

#include <algorithm>
#include <utility>

#include "base/uri.h"
#include "delta/file_batch_builder.h"
#include "delta/schema_json.h"
#include "parquet_table/columns.h"
#include "parquet_table/hive_partitions.h"
#include "parquet_table/schema_merge.h"

namespace sluice::parquet_table {
namespace {

using delta::Field;

/// The values of a partition column are those of the folders, whatever the files hold.
Result<std::vector<Field>> AddPartitions(std::vector<Field> fields,
                                         const std::vector<Field>& partitions) {
  for (const Field& partition : partitions) {
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
      return field.name == partition.name;
    });
    if (found != fields.end()) {
      *found = partition;
    } else {
      fields.push_back(partition);
    }
  }
  SLUICE_RETURN_IF_ERROR(CheckNames(fields));
  return fields;
}

delta::Protocol ProtocolFor(const std::vector<Field>& fields) {
  delta::Protocol protocol;
  protocol.min_reader_version = 1;
  protocol.min_writer_version = 2;
  if (HasTimestampNtz(fields)) {
    protocol.min_reader_version = 3;
    protocol.min_writer_version = 7;
    protocol.reader_features = {"timestampNtz"};
    protocol.writer_features = {"timestampNtz"};
  }
  return protocol;
}

Result<std::vector<delta::LiveBatch>> MakeBatches(const FolderState& state,
                                                  const HivePartitions& partitions,
                                                  const std::vector<std::string>& columns) {
  delta::FileBatchBuilder builder(columns);
  delta::AddFile add;
  for (std::size_t i = 0; i < state.files.size(); ++i) {
    const storage::ObjectMeta& file = state.files[i];
    add.path.clear();
    AppendPercentEncoded(file.key, true, &add.path);
    add.partition_values = partitions.ValuesOf(file.key);
    add.size = file.size;
    add.modification_time = file.modified_ms;
    add.stats = state.footers[i]->stats;
    SLUICE_RETURN_IF_ERROR(builder.Append(add));
  }
  return builder.Finish();
}

}  // namespace

Result<delta::SnapshotParts> MakeSnapshot(const FolderState& state) {
  SchemaMerge merge;
  for (std::size_t i = 0; i < state.files.size(); ++i) {
    SLUICE_RETURN_IF_ERROR(merge.Add(state.footers[i]->columns, state.files[i].key));
  }
  SLUICE_TRY(const auto partitions, HivePartitions::Infer(state.files));
  delta::SnapshotParts parts;
  parts.version = state.version;
  parts.timestamp_ms = state.timestamp_ms;
  SLUICE_TRY(parts.schema.fields, AddPartitions(merge.Finish(), partitions.fields()));
  parts.protocol = ProtocolFor(parts.schema.fields);
  parts.metadata.id = state.table_id;
  parts.metadata.schema_string = delta::WriteSchemaJson(parts.schema.fields);
  for (const Field& field : partitions.fields()) {
    parts.metadata.partition_columns.push_back(field.name);
  }
  SLUICE_TRY(parts.batches, MakeBatches(state, partitions, parts.metadata.partition_columns));
  return parts;
}

}  // namespace sluice::parquet_table
