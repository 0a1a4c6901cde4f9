#include "client/read_ranges.h"

#include <algorithm>
#include <cstddef>

namespace sluice::client {
namespace {

using arrow::io::ReadRange;

constexpr std::int64_t kFreeBytes = std::int64_t{64} << 10;
constexpr std::int64_t kShareOfHoles = 8;

/// Between a range and the one before it.
struct Hole {
  std::size_t behind = 0;
  std::int64_t bytes = 0;
};

bool IsInOrder(const std::vector<ReadRange>& ranges) {
  std::int64_t end = 0;
  for (const ReadRange& range : ranges) {
    if (range.offset < end || range.length < 0) return false;
    if (__builtin_add_overflow(range.offset, range.length, &end)) return false;
  }
  return true;
}

}  // namespace

std::vector<ReadRange> Coalesced(const std::vector<ReadRange>& needed) {
  if (!IsInOrder(needed)) return needed;
  std::vector<Hole> holes;
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < needed.size(); ++i) {
    bytes += needed[i].length;
    if (i == 0) continue;
    holes.push_back({i, needed[i].offset - needed[i - 1].offset - needed[i - 1].length});
  }
  std::stable_sort(holes.begin(), holes.end(),
                   [](const Hole& a, const Hole& b) { return a.bytes < b.bytes; });
  std::int64_t left = std::max(kFreeBytes, bytes / kShareOfHoles);
  std::vector<bool> joined(needed.size());
  for (const Hole& hole : holes) {
    left -= hole.bytes;
    if (left < 0) break;
    joined[hole.behind] = true;
  }
  std::vector<ReadRange> out;
  for (std::size_t i = 0; i < needed.size(); ++i) {
    const std::int64_t end = needed[i].offset + needed[i].length;
    if (joined[i] && end - out.back().offset <= kMaxRangeBytes) {
      out.back().length = end - out.back().offset;
    } else {
      out.push_back(needed[i]);
    }
  }
  return out;
}

}  // namespace sluice::client
