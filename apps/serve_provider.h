// What `sluice serve` shares and with whom: a folder, one table in a store, a configuration, or a
// catalog that is managed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "catalog/catalog.h"
#include "catalog/managed/managed_catalog.h"
#include "catalog_open.h"
#include "serve_options.h"

namespace sluice::apps {

struct Provider {
  std::shared_ptr<const catalog::CatalogStore> catalog;
  /// The same, where it is one that is managed.
  std::shared_ptr<const catalog::ManagedCatalog> managed;
  // Where no configuration says who may read:
  std::string share;
  std::string token;  ///< Made now; never logged.
  std::optional<std::int64_t> token_expires_at_ms;
};

/// Opens no table yet. Errors: kInvalidArgument naming the option; those of OpenFolderCatalog,
/// ParseLocation and MakeYamlCatalog.
Result<Provider> OpenProvider(const ServeOptions& options, const config::Config& config);

/// Where the catalog that is managed lies, of a configuration that has one.
CatalogPlace PlaceOf(const config::Config& config);

/// What somebody may do who proves to be the one that is configured so.
catalog::Recipient RecipientOf(const config::TokenConfig& token);

}  // namespace sluice::apps
