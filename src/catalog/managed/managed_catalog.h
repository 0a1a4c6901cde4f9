// The catalog of a server whose shares and recipients are managed while it runs.
#pragma once

#include <memory>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "catalog/identity_map.h"
#include "catalog/rows/row_store.h"

namespace sluice::catalog {

struct ManagedCatalogOptions {
  /// What was read may be answered from for so long without asking the rows for their version: 0
  /// asks with every call, so that what any process changed holds with the next one. Within this
  /// process changes hold at once in any case.
  std::int64_t check_every_ms = 0;
  /// And for so long when the rows cannot be asked, or somebody is asking them; then kUnavailable.
  std::int64_t max_stale_ms = 0;
  const Clock* clock = &SystemClock();
};

/// Everything that requests need is in memory, as of one version of the rows; a newer version is
/// read whole. Thread-safe; calls may wait for the rows. Grants and names of a recipient are those
/// of the version, and a token that expired is still found: expiry is the caller's to judge.
class ManagedCatalog : public CatalogStore, public IdentityMap {
 public:
  /// The rows through which this process changes the catalog. Lives as long as the catalog.
  virtual rows::RowStore& rows() const = 0;
};

/// Reads the catalog once. Errors: those of the rows, kCorrupt for rows that contradict each other.
Result<std::shared_ptr<const ManagedCatalog>> OpenManagedCatalog(
    std::unique_ptr<rows::RowStore> store, const ManagedCatalogOptions& options);

}  // namespace sluice::catalog
