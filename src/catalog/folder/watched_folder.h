// A folder of this machine. Not part of this folder's interface.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"
#include "catalog/folder/folder_scan.h"
#include "catalog/folder/folder_tables.h"

namespace sluice::catalog {

/// A folder of this machine: looking costs little, so requests do it. A listing is at most a second
/// old, and what is found in an older one is looked for where it was. Thread-safe. Errors: as of
/// ScanFolder.
class WatchedFolder final : public FolderTables {
 public:
  WatchedFolder(std::filesystem::path root, ScanRules rules, const Clock& clock)
      : root_(std::move(root)), rules_(std::move(rules)), clock_(clock) {}

  Result<ListingPtr> Recent() const override;
  std::optional<Table> LookAtHeld(const Find& find) const override;
  Result<Table> LookAtRecent(const Find& find) const override;
  Result<Table> Look(const Find& find) const override;

  /// The listing of a scan that began after this call did; those who wait meanwhile share one.
  Result<ListingPtr> Rescan() const;

 private:
  ListingPtr Held() const;

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
