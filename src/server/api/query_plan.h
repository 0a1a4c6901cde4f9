// Which rows of a snapshot's batches a query answers with, cut into slices of similar work.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "delta/bits.h"
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
  std::int64_t num_files = 0;  ///< Live rows in all spans.

  std::size_t num_slices() const { return slice_begins.size() - 1; }
};

/// About 256 KiB of an answer.
inline constexpr std::int64_t kRowsPerSlice = 512;

struct PlanLimit {
  std::optional<std::int64_t> rows;
  /// One a batch: the files whose rows count. Null: of every file.
  const std::vector<delta::Bits>* counted = nullptr;
};

/// With a limit: files in order until the live rows of their stats reach it; a file without stats
/// counts none, since its rows cannot be relied on, nor does one whose rows the hints of the query
/// may drop.
QueryPlan PlanQuery(const delta::Snapshot& snapshot, const PlanLimit& limit);

}  // namespace sluice::api
