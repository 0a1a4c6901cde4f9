// A catalog whose shares, schemas and tables are one listing in memory.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/listing.h"

namespace sluice::catalog {

/// Owned by shared pointers. Who the recipients are, the catalogs made of it know.
class ListedCatalog : public CatalogStore, public std::enable_shared_from_this<ListedCatalog> {
 public:
  Result<std::vector<Share>> ListShares() const final { return listing_.ListShares(); }
  Result<Share> GetShare(std::string_view share) const final { return listing_.GetShare(share); }
  Result<std::vector<Schema>> ListSchemas(std::string_view share) const final {
    return listing_.ListSchemas(share);
  }
  Result<Schema> GetSchema(std::string_view share, std::string_view schema) const final {
    return listing_.GetSchema(share, schema);
  }
  Result<std::vector<Table>> ListTables(std::string_view share,
                                        std::string_view schema) const final {
    return listing_.ListTables(share, schema);
  }
  Result<std::vector<Table>> ListAllTables(std::string_view share) const final {
    return listing_.ListAllTables(share);
  }
  Result<Table> GetTable(std::string_view share, std::string_view schema,
                         std::string_view table) const final {
    return listing_.GetTable(share, schema, table);
  }
  Result<Table> GetTableById(std::string_view id) const final { return listing_.GetTableById(id); }
  std::shared_ptr<const ListedCatalog> AtHand() const final { return shared_from_this(); }

  const Listing& listing() const { return listing_; }

 protected:
  explicit ListedCatalog(Listing listing = {}) : listing_(std::move(listing)) {}

  Listing listing_;
};

}  // namespace sluice::catalog
