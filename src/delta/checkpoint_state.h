// One checkpoint of any kind, opened: what it says beside its files, and where those are.
#pragma once

#include <optional>
#include <vector>

#include "delta/checkpoint_reader.h"
#include "delta/commit_reader.h"
#include "delta/log_segment.h"

namespace sluice::delta {

struct CheckpointState {
  std::optional<Protocol> protocol;
  std::optional<Metadata> metadata;
  CheckpointFiles parquet;          ///< Files that hold added files.
  std::vector<FileAction> inlined;  ///< Files that a JSON manifest holds itself.
};

/// Reads footers, protocol, metadata and the list of sidecars, side by side on the pool.
/// Errors: kCorrupt, kDataMissing, kUnsupported for a sidecar outside the log, kTooLarge; from the
/// store.
Result<CheckpointState> OpenCheckpoint(const storage::ObjectStore& store,
                                       const Checkpoint& checkpoint,
                                       const CommitReadOptions& options);

/// The added files of an opened checkpoint. Errors: as ReadCheckpointFiles.
Result<std::vector<LiveBatch>> ReadState(const CheckpointState& state,
                                         const FileSelection& selection);

/// The schema of the metadata; a table that logged none has no columns.
/// Errors: as ParseSchema; kUnsupported for a format other than Parquet.
Result<Schema> SchemaOf(const Metadata& metadata);

}  // namespace sluice::delta
