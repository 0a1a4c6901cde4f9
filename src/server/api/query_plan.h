// The rows of a snapshot's batches, cut into slices of similar work.
#pragma once

#include <cstdint>
#include <vector>

#include "delta/snapshot.h"

namespace sluice::api {

/// Rows [begin, end) of one batch; dead rows among them are passed over when rendering.
struct RowSpan {
  std::size_t batch = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

struct QueryPlan {
  std::vector<RowSpan> spans;
  /// Slice i is the spans [slice_begins[i], slice_begins[i + 1]).
  std::vector<std::size_t> slice_begins;

  std::size_t num_slices() const { return slice_begins.size() - 1; }
};

/// Of files that live: about 256 KiB of an answer.
inline constexpr std::int64_t kRowsPerSlice = 512;

/// All files of the snapshot, in the order of its batches.
QueryPlan PlanQuery(const delta::Snapshot& snapshot);

}  // namespace sluice::api
