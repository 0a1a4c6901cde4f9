// Table: follows the log of one table and answers with snapshots.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/thread_pool.h"
#include "delta/changes.h"
#include "delta/snapshot.h"
#include "storage/object_store.h"

namespace sluice::delta {

struct TableOptions {
  /// Latest() may answer with a snapshot that was known to be fresh this long ago. Milliseconds.
  std::int64_t max_staleness_ms = 0;
  /// Decodes checkpoint parts side by side; null: on the calling thread. Outlives the table.
  ThreadPool* pool = nullptr;
  /// A single commit file or manifest larger than this is refused (kTooLarge). Bytes.
  std::int64_t max_commit_bytes = std::int64_t{4} << 30;
  /// This often the newest known commit is looked at again, beside the next: a log that was
  /// replaced, or cleaned up past what is known, has no next commit either. Milliseconds.
  std::int64_t verify_every_ms = 10'000;
  /// Stat waits for no network and hardly for a disk.
  bool store_at_hand = false;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

/// Thread-safe. Concurrent calls share one refresh. Errors of all calls: kNotFound when there is no
/// Delta log, kCorrupt and kDataMissing naming file and line, kUnsupported naming the feature,
/// kUnavailable from the store. After an error the table is as it was before the call.
class Table {
 public:
  static std::shared_ptr<Table> Make(std::shared_ptr<const storage::ObjectStore> store,
                                     TableOptions options);
  virtual ~Table() = default;

  /// The newest version. Costs one Stat when nothing changed (now and then two, see
  /// TableOptions::verify_every_ms).
  virtual Result<SnapshotPtr> Latest() = 0;
  /// The newest version where that is known, or told by one Stat of a store at hand; null where
  /// more has to be done, or waited for. As fresh as Latest().
  virtual SnapshotPtr LatestAtHand() { return nullptr; }
  /// Its number likewise, also where the log was not loaded for it.
  virtual std::optional<std::int64_t> LatestVersionAtHand() {
    const auto snapshot = LatestAtHand();
    return snapshot == nullptr ? std::nullopt : std::optional(snapshot->version());
  }
  /// The newest version number, without loading what the log holds where that can be avoided.
  virtual Result<std::int64_t> LatestVersion() = 0;
  /// kInvalidArgument outside the versions that the log can still rebuild; the message says which.
  virtual Result<SnapshotPtr> AtVersion(std::int64_t version) = 0;
  /// AtVersion will be asked for this snapshot of the table again: it stays for a while, though
  /// newer versions come.
  virtual void Keep(const SnapshotPtr& snapshot) = 0;
  /// The last version committed at or before `millis`. kInvalidArgument before the first and after
  /// the last commit; the message says which range exists.
  virtual Result<std::int64_t> VersionAtTimestamp(std::int64_t millis) = 0;
  /// The first version committed at or after `millis`. kInvalidArgument after the last commit.
  virtual Result<std::int64_t> FirstVersionSince(std::int64_t millis) = 0;
  /// What happened from one version to another. Loads no snapshot. Errors: as LoadChanges.
  virtual Result<ChangesPtr> ReadChanges(const ChangesRequest& request) = 0;
  /// Heap bytes of the snapshots it keeps.
  virtual std::int64_t memory_bytes() const = 0;

  const storage::ObjectStore& store() const { return *store_; }

 protected:
  explicit Table(std::shared_ptr<const storage::ObjectStore> store) : store_(std::move(store)) {}
  std::shared_ptr<const storage::ObjectStore> store_;
};

/// True when `store` holds a Delta log at its root. Errors: from the store.
Result<bool> IsTable(const storage::ObjectStore& store);

}  // namespace sluice::delta
