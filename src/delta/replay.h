// Replay: from the files of a log segment to what a Snapshot is made of, newest first.
// Format: PROTOCOL.md of delta-io/delta, "Action Reconciliation".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "delta/commit_reader.h"
#include "delta/file_key.h"
#include "delta/log_segment.h"
#include "delta/snapshot.h"

namespace sluice::delta {

/// What a run of commits makes of the state before it.
struct TailReplay {
  std::optional<Protocol> protocol;
  std::optional<Metadata> metadata;
  /// Every file the commits add or remove: none of the files before them with such a key lives on.
  FileKeySet touched;
  /// Added and not removed again, in the order of the log. Point into the commits.
  std::vector<const AddFile*> added;
};

/// Commits ascend by version. Within a commit the later line wins.
TailReplay ReplayTail(const std::vector<LoggedActions>& commits);

/// Version `version` of the table whose log was listed. A checkpoint that cannot be read is passed
/// over for an older one, or for the commits alone, where those are complete. Errors: kCorrupt,
/// kDataMissing, kUnsupported, kTooLarge naming the place; from the store.
Result<SnapshotParts> LoadVersion(const storage::ObjectStore& store, const LogListing& listing,
                                  std::int64_t version, const CommitReadOptions& options);

/// What a table is at one version, without its files.
struct TableState {
  Protocol protocol;
  Metadata metadata;
  Schema schema;
};

/// As LoadVersion, but reads no files of a checkpoint.
Result<TableState> LoadTableState(const storage::ObjectStore& store, const LogListing& listing,
                                  std::int64_t version, const CommitReadOptions& options);

/// Commits that follow a snapshot.
struct NewCommits {
  std::vector<LogFile> files;
  std::vector<LoggedActions> actions;
};

/// Builds the indexes of keys that `batches` have not yet, side by side on `pool` (null: here).
void IndexKeys(std::span<const LiveBatch> batches, ThreadPool* pool);

/// The snapshot after `commits`, which shares the batches of `base`; nullopt when they change what
/// batches are made of (partition columns), so that all must be loaded anew. Indexes the keys of
/// `base` where that is not done.
Result<std::optional<SnapshotParts>> ApplyCommits(const Snapshot& base, const NewCommits& commits,
                                                  ThreadPool* pool);

}  // namespace sluice::delta
