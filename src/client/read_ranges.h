// Which ranges of a file to fetch for those that are needed.
#pragma once

#include <arrow/io/interfaces.h>

#include <cstdint>
#include <vector>

namespace sluice::client {

/// A range is not made longer than this.
constexpr std::int64_t kMaxRangeBytes = std::int64_t{32} << 20;

/// Ranges that hold all of `needed`, in their order, fewer than those: neighbours become one where
/// the hole between them is small, the smallest first, as long as all holes together stay below an
/// eighth of what is needed, or 64 KiB. `needed` is in order and does not overlap; ranges that
/// contradict themselves are left as they are.
std::vector<arrow::io::ReadRange> Coalesced(const std::vector<arrow::io::ReadRange>& needed);

}  // namespace sluice::client
