#include "catalog/folder/watched_folder.h"

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
  warned_ = WarnOnce(root_.native(), scan.warnings, warned_);
  const std::lock_guard lock(state_mutex_);
  listing_ = std::make_shared<const Listing>(std::move(scan.listing));
  scanned_at_ = now;
  scans_done_ = scans_begun_;
  return listing_;
}

std::optional<Table> WatchedFolder::LookAtHeld(const Find& find) const {
  const ListingPtr listing = Held();
  if (!listing) return std::nullopt;
  Result<Table> table = find(*listing);
  if (!table || !IsStillThere(*table)) return std::nullopt;
  return *std::move(table);
}

Result<Table> WatchedFolder::LookAtRecent(const Find& find) const {
  if (auto table = LookAtHeld(find)) return *std::move(table);
  SLUICE_TRY(const ListingPtr listing, Recent());
  SLUICE_TRY(Table table, find(*listing));
  if (IsStillThere(table)) return table;
  SLUICE_TRY(const ListingPtr now, Rescan());
  return find(*now);
}

Result<Table> WatchedFolder::Look(const Find& find) const {
  if (auto table = LookAtHeld(find)) return *std::move(table);
  SLUICE_TRY(const ListingPtr listing, Rescan());
  return find(*listing);
}

}  // namespace sluice::catalog
