// What a file says of one column's values, row groups together. Not for other modules.
#pragma once

#include <parquet/metadata.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "delta/column_bounds.h"
#include "delta/schema.h"

namespace sluice::parquet_table {

/// Whole numbers, days, decimals' digits and timestamps in the file's unit; floating ones; texts.
using StatValue = std::variant<delta::Int128, double, std::string>;

/// One set of rows after another is added; then the JSON of what is known of all of them.
class LeafStats {
 public:
  LeafStats(const parquet::ColumnDescriptor& leaf, const delta::DataType& type);

  /// `stats` null: nothing is known of these rows.
  void Add(const parquet::EncodedStatistics* stats, std::int64_t rows);

  std::optional<std::int64_t> null_count() const;
  /// False, and nothing appended, where there is no bound that can be relied on.
  bool AppendMin(std::string* out) const;
  bool AppendMax(std::string* out) const;
  /// Whether the bounds are values of the column, as far as the file says; texts may be cut.
  bool tight() const { return tight_; }

 private:
  bool IsOrdered() const;
  std::optional<StatValue> Decode(const std::string& bytes) const;
  void AddBounds(const parquet::EncodedStatistics& stats);
  bool Append(const StatValue& value, bool is_max, std::string* out) const;
  bool AppendTime(delta::Int128 value, bool is_max, std::string* out) const;

  const parquet::ColumnDescriptor& leaf_;
  const delta::DataType& type_;
  std::int64_t nulls_ = 0;
  bool nulls_known_ = true;
  bool bounds_known_ = true;  ///< Of all row groups so far that have values.
  bool tight_ = true;
  std::optional<StatValue> min_, max_;
};

}  // namespace sluice::parquet_table
