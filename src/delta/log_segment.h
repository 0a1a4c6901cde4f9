// Log segment: the files of `_delta_log` that make up one version of a table, i.e. a checkpoint
// (or none) and every commit after it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "delta/log_file.h"
#include "storage/object_store.h"

namespace sluice::delta {

/// All files of one complete checkpoint: a single one, or every part in order.
struct Checkpoint {
  LogFile::Kind kind = LogFile::Kind::kClassicCheckpoint;
  std::int64_t version = 0;
  std::vector<storage::ObjectMeta> files;
};

/// What a listing of the log showed. Commits ascend by version; so do complete checkpoints, the
/// preferred one of a version last.
struct LogListing {
  std::int64_t from = 0;  ///< The version at which the listing began.
  std::vector<LogFile> commits;
  std::vector<Checkpoint> checkpoints;
  std::vector<LogFile> checksums;  ///< Ascending.
  /// Versions with a multi-part checkpoint of which parts are missing, ascending.
  std::vector<std::int64_t> incomplete;

  bool empty() const { return commits.empty() && checkpoints.empty(); }
  /// -1 when empty.
  std::int64_t LastVersion() const;
};

/// Invariants: commits are contiguous, begin at checkpoint + 1 (at 0 without a checkpoint) and end
/// at `version`. `last_commit` is the commit file of `version`; absent when only the checkpoint has
/// it.
struct LogSegment {
  std::int64_t version = 0;
  std::optional<Checkpoint> checkpoint;
  std::size_t checkpoint_index = 0;  ///< Of `checkpoint` in the listing.
  std::vector<LogFile> commits;
  std::optional<storage::ObjectMeta> last_commit;
};

/// Lists the log from version `from` on. Errors: from the store.
Result<LogListing> ListLog(const storage::ObjectStore& store, std::int64_t from);

/// The segment of `version`, from the newest of the first `usable` checkpoints of the listing that
/// is not past it. Errors: kDataMissing naming the commit that is missing.
Result<LogSegment> ChooseSegment(const LogListing& listing, std::int64_t version,
                                 std::size_t usable);

/// The oldest version from which every later one of the listing can be rebuilt; nullopt when there
/// is none.
std::optional<std::int64_t> OldestVersion(const LogListing& listing);

}  // namespace sluice::delta
