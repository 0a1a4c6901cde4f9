// ScanPlan: what a scan makes of each data file. Computed once, from the table's metadata.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "client/client.h"
#include "delta/schema.h"

namespace sluice::client {

struct ScanColumn {
  delta::Field field;         ///< Nullable at every level, as it is read.
  bool is_partition = false;  ///< Its value comes with the file, not from it.
};

/// Immutable and thread-safe.
struct ScanPlan {
  delta::ColumnMappingMode mapping = delta::ColumnMappingMode::kNone;
  std::vector<ScanColumn> columns;
  std::shared_ptr<arrow::Schema> schema;
};

/// `columns` empty means all. Columns are nullable in the plan, whatever the table promises of its
/// writers: files from before a column was added have no value for it.
/// Errors: kUnsupported naming a feature or type that is not read, kCorrupt for a schema that is
/// none, kInvalidArgument for an unknown column, listing those that exist, or one asked for twice.
Result<std::shared_ptr<const ScanPlan>> MakeScanPlan(const TableInfo& table,
                                                     const std::vector<std::string>& columns);

/// The value of a partition column among those that came with a file: by physical name, by logical
/// name, then without case.
std::optional<std::string_view> FindPartitionValue(
    const delta::Field& field,
    const std::vector<std::pair<std::string, std::optional<std::string>>>& values);

}  // namespace sluice::client
