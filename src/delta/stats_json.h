// Statistics that a checkpoint holds as a struct (`stats_parsed`), as the JSON text of the log.
// Format: PROTOCOL.md of delta-io/delta, "Per-file Statistics".
#pragma once

#include <arrow/array.h>
#include <parquet/arrow/schema.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::delta {

/// One member of the struct and what its Arrow type alone does not tell.
struct StatsNode {
  std::string name;
  bool utc = false;  ///< A timestamp that is an instant: adjusted to UTC, or the old 96-bit form.
  std::vector<StatsNode> children;
};

/// The tree below a field of a Parquet file.
StatsNode MakeStatsNode(const parquet::arrow::SchemaField& field,
                        const parquet::SchemaDescriptor& schema);

/// Text for each row: that of `text` (may be null) where it has some, else the struct's, null where
/// that is null. Members without a JSON form (binary, lists,
/// maps, NaN) are left out: fewer statistics only skip fewer files. Errors: kTooLarge.
Result<std::shared_ptr<arrow::StringArray>> StatsToJson(const arrow::StructArray& stats,
                                                        const StatsNode& node,
                                                        const arrow::StringArray* text);

}  // namespace sluice::delta
