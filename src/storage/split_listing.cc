#include "storage/split_listing.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "base/thread_pool.h"

namespace sluice::storage {
namespace {

/// Of a page of a thousand, so that a range that has grown a little still is one.
constexpr std::size_t kRangeObjects = 800;
/// Listing is waiting for the store.
constexpr std::size_t kMaxThreads = 16;

}  // namespace

std::vector<std::string> SplitKeys(const ObjectStore& store, const std::vector<ObjectMeta>& known) {
  std::vector<std::string> splits;
  if (!store.lists_from_keys() || known.size() <= kRangeObjects) return splits;
  const std::size_t ranges = (known.size() + kRangeObjects - 1) / kRangeObjects;
  for (std::size_t i = 1; i < ranges; ++i) splits.push_back(known[known.size() * i / ranges].key);
  return splits;
}

Result<std::vector<ObjectMeta>> ListTreeSplit(const ObjectStore& store, std::string_view prefix,
                                              const std::vector<std::string>& splits) {
  if (splits.empty()) return store.ListTree(prefix);
  const std::size_t count = splits.size() + 1;
  std::vector<std::optional<Result<std::vector<ObjectMeta>>>> parts(count);
  ThreadPool(static_cast<int>(std::min(count, kMaxThreads)))
      .ParallelFor(static_cast<int>(count), [&](int i) {
        const auto at = static_cast<std::size_t>(i);
        parts[at] = store.ListRange(
            prefix, {at == 0 ? "" : splits[at - 1], at == splits.size() ? "" : splits[at]});
      });
  std::vector<ObjectMeta> all;
  for (auto& part : parts) {
    if (!*part) return Fail(std::move(*part).error());
    if (all.size() + (*part)->size() > kMaxTreeObjects) return TreeTooLarge(prefix);
    std::move((*part)->begin(), (*part)->end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace sluice::storage
