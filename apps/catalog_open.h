// Where a catalog that is managed lies, and what its admins may say.
#pragma once

#include <memory>
#include <string>

#include "catalog/managed/admin.h"
#include "catalog/managed/managed_catalog.h"

namespace sluice::apps {

/// Exactly one of both is given.
struct CatalogPlace {
  std::string data_directory;  ///< The catalog is the file catalog.db in it.
  std::string url;             ///< Of a PostgreSQL database.
};

enum class WhenNoCatalog : std::uint8_t { kMake, kFail };

/// Errors: kInvalidArgument when neither or both are given; kNotFound where nothing is to be made
/// of a data directory without a catalog; those of the data directory and of the rows.
Result<std::unique_ptr<catalog::rows::RowStore>> OpenCatalogRows(
    const CatalogPlace& place, WhenNoCatalog when = WhenNoCatalog::kMake);

/// For a server. Errors: also those of OpenManagedCatalog.
Result<std::shared_ptr<const catalog::ManagedCatalog>> OpenCatalog(const CatalogPlace& place);

/// What is checked of row filters and locations. Lives as long as the process.
const catalog::AdminOptions& CatalogChecks();

/// The same for admins who come over the network. They have no say in which endpoint gets the
/// server's credentials, nor in which of its files are read. Lives as long as the process.
const catalog::AdminOptions& RemoteCatalogChecks();

/// The URL of a server's endpoint, without a slash at its end. Errors: kInvalidArgument naming
/// --endpoint.
Result<std::string> ParseEndpoint(std::string_view text);

}  // namespace sluice::apps
