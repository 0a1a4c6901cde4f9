// Schemas whose tables are the folders below one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "storage/location.h"
#include "storage/object_store.h"
#include "storage/ports.h"

namespace sluice::catalog {

/// How folders in stores are looked at.
struct StoreFolders {
  /// The objects of a place. Errors are the provider's to read in the log.
  std::function<Result<std::shared_ptr<const storage::ObjectStore>>(
      const storage::Location& place, const storage::StoreOptions& options)>
      open;
  std::int64_t period_ms = 60'000;
};

/// The same catalog, in which the tables of a schema are also those that lie in its folder, found
/// and named as OpenFolderCatalog does it, all in this one schema. A table that the catalog itself
/// names comes before one of a folder. Tables of this machine appear without a restart, within a
/// second, and vanish at once; those of a store within two periods. Calls may block on the disk.
///
/// Errors of calls also: kUnavailable, for recipients, where a folder cannot be read; the log has
/// the reason.
std::shared_ptr<const CatalogStore> WithFolders(std::shared_ptr<const CatalogStore> catalog,
                                                StoreFolders stores,
                                                const Clock& clock = SystemClock());

}  // namespace sluice::catalog
