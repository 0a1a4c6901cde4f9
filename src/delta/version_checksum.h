// Version checksums: what a writer says a version holds, beside its commit.
// Format: PROTOCOL.md of delta-io/delta, "Version Checksum File".
#pragma once

#include <cstdint>
#include <optional>

#include "delta/log_file.h"
#include "delta/snapshot.h"

namespace sluice::delta {

struct VersionChecksum {
  std::int64_t files = 0;
  std::int64_t bytes = 0;  ///< Of all files together.
  bool operator==(const VersionChecksum&) const = default;
};

/// Reads a file of kind kChecksum. One that is gone, is no JSON or does not say is nothing, as the
/// format allows. Errors: kUnavailable and kPermissionDenied from the store.
Result<std::optional<VersionChecksum>> ReadChecksum(const storage::ObjectStore& store,
                                                    const LogFile& file);

/// Compares the files that replay found: a writer and a reader who disagree about the files of a
/// version cannot both be right. Errors: kCorrupt naming both counts.
Status CompareChecksum(const VersionChecksum& said, const SnapshotParts& parts);

}  // namespace sluice::delta
