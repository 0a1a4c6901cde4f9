// Checkpoints: Parquet files of the log (classic, parts, v2 manifests, sidecars) to batches, with
// only the columns that a snapshot keeps.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "delta/action_json.h"
#include "delta/file_key.h"
#include "delta/snapshot.h"
#include "storage/object_store.h"

namespace sluice::delta {

/// The actions of a checkpoint that are no files.
struct CheckpointActions {
  std::optional<Protocol> protocol;
  std::optional<Metadata> metadata;
  std::vector<Sidecar> sidecars;
};

/// What to take of the files of a checkpoint.
struct FileSelection {
  std::vector<std::string> partition_columns;  ///< Physical names.
  /// Files that newer commits added or removed: they do not live in the result. Not null.
  const FileKeySet* superseded = nullptr;
  ThreadPool* pool = nullptr;  ///< Null: on the calling thread.
};

/// One opened Parquet file of a checkpoint: its footer is read and checked. Immutable.
class CheckpointFile {
 public:
  /// `meta` as a listing or a manifest has it; without a size the store is asked for it.
  /// Errors: kDataMissing when the file is gone, kCorrupt, kTooLarge past the limits on columns and
  /// rows; from the store.
  static Result<std::shared_ptr<const CheckpointFile>> Open(const storage::ObjectStore& store,
                                                            const storage::ObjectMeta& meta);
  ~CheckpointFile();

  /// Protocol, metadata and sidecars, from the row groups that can have any. Errors: kCorrupt.
  Result<CheckpointActions> ReadActions() const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit CheckpointFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

using CheckpointFiles = std::vector<std::shared_ptr<const CheckpointFile>>;

/// Decodes the added files of all `files`, side by side in runs of row groups; batches come in the
/// order of files and rows. Errors: kCorrupt naming file and column, kTooLarge.
Result<std::vector<LiveBatch>> ReadCheckpointFiles(const CheckpointFiles& files,
                                                   const FileSelection& selection);

}  // namespace sluice::delta
