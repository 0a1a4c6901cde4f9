// One condition on one column, judged for all files of a batch at once.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "delta/literal_range.h"
#include "delta/partition_bounds.h"
#include "delta/stats_bounds.h"
#include "delta/truth.h"

namespace sluice::delta {

struct FilterLeaf {
  enum class Op { kLess, kLessOrEqual, kGreater, kGreaterOrEqual, kIn, kPrefix, kIsNull };

  std::variant<StatsColumn, PartitionColumn> column;
  Op op = Op::kIsNull;
  /// Of the literals, in the form of the column; kIn: in order and apart, else one.
  std::variant<std::vector<IntegerRange>, std::vector<Range<Int128>>,
               std::vector<Range<std::string>>>
      ranges;
  bool null_in_list = false;
  bool null_is_false = false;  ///< Of a comparison that is never null.
  Transform transform = Transform::kNone;
  /// There may be NaN, which bounds do not show: it is greater than all, and in some engines
  /// neither less than nor equal to anything.
  bool maybe_nan = false;

  bool on_partition() const { return std::holds_alternative<PartitionColumn>(column); }
};

/// Puts the ranges of a kIn in order and joins those that overlap.
void SortRanges(FilterLeaf* leaf);

/// For each row of `bounds`.
Truth JudgeLeaf(const FilterLeaf& leaf, const ColumnBounds& bounds);

/// From the entries of a dictionary to the rows that refer to them; some rows are null.
Truth SpreadTruth(const FilterLeaf& leaf, const Truth& entries, const arrow::DictionaryArray& rows);

}  // namespace sluice::delta
