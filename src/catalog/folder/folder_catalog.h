// The catalog of `sluice serve DIR`: every table below a folder is shared, as it is found.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "catalog/catalog.h"

namespace sluice::catalog {

struct FolderCatalogOptions {
  std::string folder;
  std::string token_digest;  ///< SHA-256 of the only token, 32 bytes.
  Recipient recipient;       ///< Whose token that is.
  std::string share_name;    ///< Empty: like the folder.
  const Clock* clock = &SystemClock();
};

/// One share, named like the folder unless `share_name` says otherwise. A table is a folder that
/// holds a folder `_delta_log`, or else one with Parquet files: those in it, and those below its
/// folders "name=value", which are its partitions; its other folders may be tables of their own. It
/// is looked for at most 8 folders deep, never inside a table with a log,
/// never in folders whose names begin with
/// '.' or '_', and never through a symbolic link (`folder` itself may be one). The table is named
/// like its folder; its schema is named after the folders between, joined by '_', or "default".
/// When `folder` itself is a table, it is the only one: share, "default", table.
///
/// What names may not hold, and '.' and '#' which would make `profile#share.schema.table`
/// ambiguous, becomes '_'. Tables that would get one name (also without case) all get '_' and 8 hex
/// digits of a digest of their path put behind it, and a warning in the log names them: no name
/// ever changes silently from one table to another. Ids are digests of the path below `folder`.
///
/// Tables appear and vanish without a restart. A lookup that misses looks on the disk before it
/// answers; one that hits checks that the table still is there; lists look at most once a second.
/// All calls may block on the disk.
///
/// Errors: kNotFound and kPermissionDenied naming the folder, kInvalidArgument when it is none or
/// for a share name that the protocol forbids.
Result<std::shared_ptr<const CatalogStore>> OpenFolderCatalog(const FolderCatalogOptions& options);

}  // namespace sluice::catalog
