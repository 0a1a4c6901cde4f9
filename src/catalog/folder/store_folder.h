// A folder in a store. Not part of this folder's interface.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/clock.h"
#include "catalog/folder/folder_scan.h"
#include "catalog/folder/folder_tables.h"

namespace sluice::catalog {

/// Looks at the store cost time and money, so they are made beside requests, and only when somebody
/// asks: what is older than a period is looked at again, and requests go by what is known, unless
/// that is older than two. The first look begins at once.
///
/// One request waits for a look, a few seconds at most, so that a store that hangs holds up no
/// threads; others meanwhile go by what was known. Where the last look failed, what lies in the
/// folder cannot be had until one succeeds; then they follow each other faster. Thread-safe.
class StoreFolder final : public FolderTables {
 public:
  StoreFolder(std::unique_ptr<const FolderTree> tree, ScanRules rules, std::int64_t period_ms,
              const Clock& clock);
  /// Waits for a look to end.
  ~StoreFolder() override;
  StoreFolder(const StoreFolder&) = delete;
  StoreFolder& operator=(const StoreFolder&) = delete;

  Result<ListingPtr> Recent() const override;
  std::optional<Table> LookAtHeld(const Find& find) const override;
  Result<Table> LookAtRecent(const Find& find) const override;
  Result<Table> Look(const Find& find) const override { return LookAtRecent(find); }

 private:
  /// Both with mutex_ held.
  void StartIfDue() const;
  bool IsOlderThan(std::int64_t millis) const;
  void Scan() const;

  const std::unique_ptr<const FolderTree> tree_;
  const ScanRules rules_;
  const std::int64_t period_ms_;
  const Clock& clock_;

  mutable std::mutex mutex_;
  mutable std::condition_variable ended_;
  mutable std::thread scan_;
  mutable bool running_ = false;
  mutable bool waited_for_ = false;  ///< Somebody waits, or did, for the look that is running.
  mutable bool looked_ = false;
  mutable std::int64_t looked_at_ms_ = 0;
  mutable ListingPtr listing_;            ///< Null where the last look failed.
  mutable std::set<std::string> warned_;  ///< Of the thread that scans.
};

}  // namespace sluice::catalog
