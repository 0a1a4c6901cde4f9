// Schemas whose tables are the folders below one.
#pragma once

#include <memory>

#include "base/clock.h"
#include "catalog/catalog.h"

namespace sluice::catalog {

/// The same catalog, in which the tables of a schema are also those that lie in its folder, found
/// and named as OpenFolderCatalog does it, all in this one schema. A table that the catalog itself
/// names comes before one of a folder. Tables appear without a restart, within a second, and vanish
/// at once; calls may block on the disk.
///
/// Errors of calls also: kUnavailable, for recipients, where a folder cannot be read; the log has
/// the reason.
std::shared_ptr<const CatalogStore> WithFolders(std::shared_ptr<const CatalogStore> catalog,
                                                const Clock& clock = SystemClock());

}  // namespace sluice::catalog
