// Ranges of rows, in order and apart from each other.
#pragma once

#include <cstdint>
#include <vector>

namespace sluice::client {

struct RowRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  bool operator==(const RowRange&) const = default;
};

/// Sorted; none is empty and no two touch.
using RowRanges = std::vector<RowRange>;

/// Appends behind the last one; `range` begins where that ends, or later.
void Append(RowRange range, RowRanges* ranges);

/// How many of the rows [begin, end) they have.
std::int64_t CountRows(const RowRanges& ranges, std::int64_t begin, std::int64_t end);
std::int64_t CountRows(const RowRanges& ranges);

}  // namespace sluice::client
