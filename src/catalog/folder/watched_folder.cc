#include "catalog/folder/watched_folder.h"

#include "base/log.h"

namespace sluice::catalog {
namespace {

constexpr std::int64_t kListingMillis = 1000;

}  // namespace

WatchedFolder::ListingPtr WatchedFolder::Held() const {
  const std::lock_guard lock(state_mutex_);
  return listing_;
}

Result<WatchedFolder::ListingPtr> WatchedFolder::Recent() const {
  {
    const std::lock_guard lock(state_mutex_);
    const std::int64_t age = clock_.NowMillis() - scanned_at_;
    if (listing_ && age >= 0 && age < kListingMillis) return listing_;
  }
  return Rescan();
}

Result<WatchedFolder::ListingPtr> WatchedFolder::Rescan() const {
  std::uint64_t begun = 0;
  {
    const std::lock_guard lock(state_mutex_);
    begun = scans_begun_;
  }
  const std::lock_guard scanning(scan_mutex_);
  {
    const std::lock_guard lock(state_mutex_);
    if (listing_ && scans_done_ > begun) return listing_;
    ++scans_begun_;
  }
  const std::int64_t now = clock_.NowMillis();
  SLUICE_TRY(FolderScan scan, ScanFolder(root_, rules_));
  Warn(scan.warnings);
  const std::lock_guard lock(state_mutex_);
  listing_ = std::make_shared<const Listing>(std::move(scan.listing));
  scanned_at_ = now;
  scans_done_ = scans_begun_;
  return listing_;
}

/// Each warning once, not once a scan.
void WatchedFolder::Warn(const std::vector<std::string>& warnings) const {
  std::set<std::string> current(warnings.begin(), warnings.end());
  for (const auto& warning : current) {
    if (!warned_.contains(warning)) {
      spdlog::warn("shared folder '{}': {}", root_.string(), warning);
    }
  }
  warned_ = std::move(current);
}

}  // namespace sluice::catalog
