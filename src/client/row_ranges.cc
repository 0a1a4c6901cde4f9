#include "client/row_ranges.h"

#include <algorithm>
#include <limits>

namespace sluice::client {

void Append(RowRange range, RowRanges* ranges) {
  if (range.begin == range.end) return;
  if (!ranges->empty() && ranges->back().end == range.begin) {
    ranges->back().end = range.end;
  } else {
    ranges->push_back(range);
  }
}

std::int64_t CountRows(const RowRanges& ranges, std::int64_t begin, std::int64_t end) {
  std::int64_t rows = 0;
  auto range = std::lower_bound(ranges.begin(), ranges.end(), begin,
                                [](const RowRange& r, std::int64_t row) { return r.end <= row; });
  for (; range != ranges.end() && range->begin < end; ++range) {
    rows += std::min(range->end, end) - std::max(range->begin, begin);
  }
  return rows;
}

std::int64_t CountRows(const RowRanges& ranges) {
  return CountRows(ranges, 0, std::numeric_limits<std::int64_t>::max());
}

}  // namespace sluice::client
