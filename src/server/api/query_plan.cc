#include "server/api/query_plan.h"

#include <algorithm>

namespace sluice::api {
namespace {

/// Behind the row with the last of `wanted` live ones from `begin` on, which are taken off it; the
/// batch's end when it has fewer.
std::int64_t EndOfLive(const delta::LiveBatch& batch, std::int64_t begin, std::int64_t* wanted) {
  const std::int64_t rows = batch.files->num_rows();
  if (batch.live == nullptr) {
    const std::int64_t end = std::min(rows, begin + *wanted);
    *wanted -= end - begin;
    return end;
  }
  std::int64_t row = begin;
  for (; row<rows&& * wanted> 0; ++row) *wanted -= batch.IsLive(row) ? 1 : 0;
  return row;
}

}  // namespace

QueryPlan PlanQuery(const delta::Snapshot& snapshot) {
  QueryPlan plan;
  plan.slice_begins.push_back(0);
  std::int64_t wanted = kRowsPerSlice;
  for (std::size_t i = 0; i < snapshot.batches().size(); ++i) {
    const delta::LiveBatch& batch = snapshot.batches()[i];
    if (batch.num_live == 0) continue;
    for (std::int64_t row = 0; row < batch.files->num_rows();) {
      const std::int64_t begin = row;
      const std::int64_t before = wanted;
      row = EndOfLive(batch, begin, &wanted);
      if (wanted == before) break;
      plan.spans.push_back({i, begin, row});
      if (wanted > 0) continue;
      plan.slice_begins.push_back(plan.spans.size());
      wanted = kRowsPerSlice;
    }
  }
  if (plan.slice_begins.back() < plan.spans.size()) {
    plan.slice_begins.push_back(plan.spans.size());
  }
  return plan;
}

}  // namespace sluice::api
