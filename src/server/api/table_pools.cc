#include "server/api/table_pools.h"

namespace sluice::api {
namespace {

/// More stores than this share pools.
constexpr std::size_t kMaxPools = 32;

}  // namespace

TablePool& TablePools::For(const storage::Location& place) {
  if (place.kind == storage::StoreKind::kLocal) return local_;
  storage::Location store = place;
  store.folder.clear();
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] =
      pool_of_store_.try_emplace(store.Text(), pool_of_store_.size() % kMaxPools);
  if (is_new && found->second == pools_.size()) {
    pools_.push_back(std::make_unique<TablePool>(threads_, max_waiting_));
  }
  return *pools_[found->second];
}

http::WorkQueue::Figures TablePools::StoreFigures() {
  http::WorkQueue::Figures sum;
  const std::lock_guard lock(mutex_);
  for (const auto& pool : pools_) {
    const auto of = pool->queue.figures();
    sum.waiting += of.waiting;
    sum.left += of.left;
    sum.refused += of.refused;
    sum.waited_seconds += of.waited_seconds;
  }
  return sum;
}

}  // namespace sluice::api
