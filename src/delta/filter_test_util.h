// Snapshots made of actions, without a log. For tests.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "delta/file_batch_builder.h"
#include "delta/partition_columns.h"
#include "delta/snapshot.h"

namespace sluice::delta {

/// The JSON of a schema of nullable columns, each a name and a type.
inline std::string SchemaJson(const std::vector<std::pair<std::string, std::string>>& columns) {
  std::string fields;
  for (const auto& [name, type] : columns) {
    const bool nested = type.starts_with('{');
    fields +=
        fmt::format(R"({}{{"name":"{}","type":{},"nullable":true,"metadata":{{}}}})",
                    fields.empty() ? "" : ",", name, nested ? type : fmt::format("\"{}\"", type));
  }
  return fmt::format(R"({{"type":"struct","fields":[{}]}})", fields);
}

inline SnapshotParts MakeParts(const std::string& schema,
                               std::vector<std::string> partition_columns,
                               const std::vector<AddFile>& files,
                               std::vector<Option> configuration) {
  SnapshotParts parts;
  parts.metadata.schema_string = schema;
  parts.metadata.partition_columns = std::move(partition_columns);
  parts.metadata.configuration = std::move(configuration);
  auto parsed = ParseSchema(parts.metadata);
  if (!parsed) ADD_FAILURE() << parsed.error().message;
  parts.schema = *std::move(parsed);
  FileBatchBuilder builder(PhysicalPartitionColumns(parts.metadata, parts.schema));
  for (const AddFile& file : files) {
    if (auto status = builder.Append(file); !status) ADD_FAILURE() << status.error().message;
  }
  auto batches = builder.Finish();
  if (!batches) ADD_FAILURE() << batches.error().message;
  parts.batches = *std::move(batches);
  return parts;
}

}  // namespace sluice::delta
