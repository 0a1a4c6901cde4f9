// Version checksums: what a writer says a version holds, beside its commit.
// Format: PROTOCOL.md of delta-io/delta, "Version Checksum File".
#pragma once

#include "delta/log_file.h"
#include "delta/snapshot.h"

namespace sluice::delta {

/// Compares the files that replay found with `checksum`, a file of kind kChecksum: a writer and a
/// reader who disagree about the files of a version cannot both be right. A checksum that is gone,
/// is no JSON or does not say is passed over, as the format allows. Errors: kCorrupt naming both
/// counts; kUnavailable and kPermissionDenied from the store.
Status VerifyChecksum(const storage::ObjectStore& store, const LogFile& checksum,
                      const SnapshotParts& parts);

}  // namespace sluice::delta
