#include "catalog/folder/store_folder.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::catalog {
namespace {

constexpr std::chrono::seconds kLongestWait{5};
/// Between looks that fail, unless the period is shorter.
constexpr std::int64_t kRetryMillis = 5'000;

}  // namespace

StoreFolder::StoreFolder(std::unique_ptr<const FolderTree> tree, ScanRules rules,
                         std::int64_t period_ms, const Clock& clock)
    : tree_(std::move(tree)), rules_(std::move(rules)), period_ms_(period_ms), clock_(clock) {
  const std::lock_guard lock(mutex_);
  StartIfDue();
}

StoreFolder::~StoreFolder() {
  if (scan_.joinable()) scan_.join();
}

bool StoreFolder::IsOlderThan(std::int64_t millis) const {
  const std::int64_t age = clock_.NowMillis() - looked_at_ms_;
  return !looked_ || age < 0 || age >= millis;
}

void StoreFolder::StartIfDue() const {
  const std::int64_t period =
      looked_ && listing_ == nullptr ? std::min(period_ms_, kRetryMillis) : period_ms_;
  if (running_ || !IsOlderThan(period)) return;
  if (scan_.joinable()) scan_.join();  // It has ended but for its last line.
  running_ = true;
  scan_ = std::thread([this] { Scan(); });
}

void StoreFolder::Scan() const {
  auto scan = ScanTree(*tree_, rules_);
  if (scan) warned_ = WarnOnce(tree_->Describe(), scan->warnings, warned_);
  const std::lock_guard lock(mutex_);
  listing_ = scan ? std::make_shared<const Listing>(std::move(scan->listing)) : nullptr;
  looked_ = true;
  looked_at_ms_ = clock_.NowMillis();
  running_ = false;
  waited_for_ = false;
  ended_.notify_all();
}

Result<StoreFolder::ListingPtr> StoreFolder::Recent() const {
  std::unique_lock lock(mutex_);
  const bool failed = looked_ && listing_ == nullptr;
  const bool outdated = !failed && IsOlderThan(2 * period_ms_);
  StartIfDue();
  if (outdated && !std::exchange(waited_for_, true)) {
    ended_.wait_for(lock, kLongestWait, [this] { return !running_; });
  }
  if (listing_ != nullptr) return listing_;
  return Fail(ErrorKind::kUnavailable, "{}",
              looked_ ? "the shared folder cannot be read at present"
                      : "the shared folder is being read for the first time");
}

std::optional<Table> StoreFolder::LookAtHeld(const Find& find) const {
  const std::unique_lock lock(mutex_);
  if (listing_ == nullptr || IsOlderThan(2 * period_ms_)) return std::nullopt;
  auto table = find(*listing_);
  return table ? std::optional(*std::move(table)) : std::nullopt;
}

Result<Table> StoreFolder::LookAtRecent(const Find& find) const {
  SLUICE_TRY(const ListingPtr listing, Recent());
  return find(*listing);
}

}  // namespace sluice::catalog
