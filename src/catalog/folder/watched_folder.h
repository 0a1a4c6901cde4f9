// The tables of a folder as they come and go. Not part of this folder's interface.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "catalog/folder/folder_scan.h"

namespace sluice::catalog {

/// Thread-safe. Calls may block on the disk. Errors: as of ScanFolder.
class WatchedFolder {
 public:
  using ListingPtr = std::shared_ptr<const Listing>;

  WatchedFolder(std::filesystem::path root, ScanRules rules, const Clock& clock)
      : root_(std::move(root)), rules_(std::move(rules)), clock_(clock) {}

  /// A listing at most a second old.
  Result<ListingPtr> Recent() const;

  /// The listing of a scan that began after this call did; those who wait meanwhile share one.
  Result<ListingPtr> Rescan() const;

  /// What `find` finds in the last listing, if it still is there. Looks at no other folder.
  template <typename Find>
  std::optional<Table> LookAtHeld(Find find) const {
    const ListingPtr listing = Held();
    if (!listing) return std::nullopt;
    Result<Table> table = find(*listing);
    if (!table || !IsStillThere(*table)) return std::nullopt;
    return *std::move(table);
  }

  /// The same, or what it finds in a listing that is at most a second old: whoever asks for what is
  /// not there makes the disk no busier. Errors: also those of `find`.
  template <typename Find>
  Result<Table> LookAtRecent(Find find) const {
    if (auto table = LookAtHeld(find)) return *std::move(table);
    SLUICE_TRY(const ListingPtr listing, Recent());
    SLUICE_TRY(Table table, find(*listing));
    if (IsStillThere(table)) return table;
    SLUICE_TRY(const ListingPtr now, Rescan());
    return find(*now);
  }

  /// The same, or what it finds now. Errors: also those of `find`.
  template <typename Find>
  Result<Table> Look(Find find) const {
    if (auto table = LookAtHeld(find)) return *std::move(table);
    SLUICE_TRY(const ListingPtr listing, Rescan());
    return find(*listing);
  }

 private:
  ListingPtr Held() const;
  void Warn(const std::vector<std::string>& warnings) const;

  const std::filesystem::path root_;
  const ScanRules rules_;
  const Clock& clock_;
  mutable std::mutex scan_mutex_;         // Held while the disk is read; before state_mutex_.
  mutable std::set<std::string> warned_;  // Guarded by scan_mutex_.
  mutable std::mutex state_mutex_;
  mutable ListingPtr listing_;
  mutable std::int64_t scanned_at_ = 0;
  mutable std::uint64_t scans_begun_ = 0;
  mutable std::uint64_t scans_done_ = 0;
};

}  // namespace sluice::catalog
