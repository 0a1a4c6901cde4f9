// ScanPlan: what a scan makes of each data file. Computed once, from the table's metadata.
#pragma once

#include <arrow/type.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "client/client.h"
#include "client/file_skipper.h"
#include "client/row_filter.h"
#include "client/text_form.h"
#include "delta/schema.h"
#include "predicate/expression.h"

namespace sluice::client {

/// Where the values of a column come from.
enum class ColumnSource {
  kFile,
  kPartition,      ///< With the file, not from it.
  kChangeType,     ///< From a file of changes; what another file's rows are is known of it.
  kCommitVersion,  ///< With the change.
  kCommitTime,     ///< Likewise.
};

struct ScanColumn {
  delta::Field field;  ///< Nullable at every level, as it is read.
  ColumnSource source = ColumnSource::kFile;
};

struct PlanRequest {
  std::optional<std::vector<std::string>> columns;  ///< Logical names; without: all.
  /// With the columns that a change has beside those of the table.
  std::optional<CommitTimeForm> changes;
  predicate::ExpressionPtr filter;   ///< Null: every row is wanted.
  TextForm texts = TextForm::kUtf8;  ///< Of the schema that is handed out.
};

/// Immutable and thread-safe.
struct ScanPlan {
  delta::ColumnMappingMode mapping = delta::ColumnMappingMode::kNone;
  /// Those of `schema` and, behind them, those that only the filter looks at.
  std::vector<ScanColumn> columns;
  std::shared_ptr<arrow::Schema> schema;  ///< Of the rows that are handed out.

  // Null where every row is wanted:
  std::shared_ptr<const RowFilter> filter;  ///< Bound to `columns`.
  std::shared_ptr<const FileSkipper> skipper;
  std::vector<bool> filter_uses;  ///< One a column.

  /// In what form column `index` is wanted when it has been read: that of the schema, or kUtf8 when
  /// a filter looks at it.
  TextForm FormOfColumn(std::size_t index) const;

  /// Whether a file must be read for its values, or only for its number of rows. `of_changes`: the
  /// file's rows are changes.
  bool ReadsFile(bool of_changes) const;
};

/// Columns are nullable in the plan, whatever the table promises of its writers: files from before
/// a column was added have no value for it.
/// Errors: kUnsupported naming a feature or type that is not read, also for a table that has a
/// column with the name of one of changes; kCorrupt for a schema that is none; kInvalidArgument for
/// an unknown column, listing those that exist, or one asked for twice; those of RowFilter::Bind.
Result<std::shared_ptr<const ScanPlan>> MakeScanPlan(const TableInfo& table,
                                                     const PlanRequest& request);

/// Errors: kCorrupt, kUnsupported.
Result<delta::Schema> SchemaOf(const protocol::MetadataLine& metadata);

/// The value of a partition column among those that came with a file: by physical name, by logical
/// name, then without case.
std::optional<std::string_view> FindPartitionValue(
    const delta::Field& field,
    const std::vector<std::pair<std::string, std::optional<std::string>>>& values);

}  // namespace sluice::client
