#include "server/api/query_plan.h"

#include <algorithm>

namespace sluice::api {
namespace {

/// The first row behind those that the limit needs; takes their records off `remaining`.
std::int64_t EndOfLimit(const delta::LiveBatch& batch, const delta::Bits* counted,
                        std::int64_t* remaining) {
  const std::int64_t rows = batch.files->num_rows();
  for (std::int64_t row = 0; row < rows; ++row) {
    if (!batch.IsLive(row) || (counted != nullptr && !delta::GetBit(*counted, row))) continue;
    *remaining -= batch.files->NumRecordsAt(row).value_or(0);
    if (*remaining <= 0) return row + 1;
  }
  return rows;
}

std::int64_t CountLive(const delta::LiveBatch& batch, std::int64_t end) {
  if (end == batch.files->num_rows()) return batch.num_live;
  std::int64_t count = 0;
  for (std::int64_t row = 0; row < end; ++row) count += batch.IsLive(row) ? 1 : 0;
  return count;
}

}  // namespace

QueryPlan PlanQuery(const delta::Snapshot& snapshot, const PlanLimit& limit) {
  QueryPlan plan;
  plan.slice_begins.push_back(0);
  std::int64_t in_slice = 0;
  std::int64_t remaining = limit.rows.value_or(0);
  for (std::size_t i = 0; i < snapshot.batches().size(); ++i) {
    const delta::LiveBatch& batch = snapshot.batches()[i];
    if (batch.num_live == 0) continue;
    const delta::Bits* counted = limit.counted == nullptr ? nullptr : &(*limit.counted)[i];
    const std::int64_t end =
        limit.rows ? EndOfLimit(batch, counted, &remaining) : batch.files->num_rows();
    plan.num_files += CountLive(batch, end);
    for (std::int64_t row = 0; row < end;) {
      const std::int64_t next = std::min(end, row + kRowsPerSlice - in_slice);
      plan.spans.push_back({i, row, next});
      in_slice += next - row;
      row = next;
      if (in_slice == kRowsPerSlice) {
        plan.slice_begins.push_back(plan.spans.size());
        in_slice = 0;
      }
    }
    if (limit.rows && remaining <= 0) break;
  }
  if (in_slice > 0) plan.slice_begins.push_back(plan.spans.size());
  return plan;
}

}  // namespace sluice::api
