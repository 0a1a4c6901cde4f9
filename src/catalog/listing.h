// A whole catalog as one immutable value, which the catalogs that live in memory answer from.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"

namespace sluice::catalog {

/// Names are unique without case: share, schema within a share, table within a schema. Immutable
/// once filled, and then thread-safe.
class Listing {
 public:
  /// Errors: kAlreadyExists.
  Status AddShare(Share share);
  /// A schema that is there already, in any case, stays as it is. The share must exist.
  /// Errors: kNotFound.
  Status AddSchema(Schema schema);
  /// Fills in `table.share` and `table.schema` as they are spelled. Two tables may have one id only
  /// when they have one location. Errors: kAlreadyExists, kNotFound.
  Status AddTable(Table table);

  std::vector<Share> ListShares() const;
  Result<Share> GetShare(std::string_view share) const;
  Result<std::vector<Schema>> ListSchemas(std::string_view share) const;
  Result<Schema> GetSchema(std::string_view share, std::string_view schema) const;
  Result<std::vector<Table>> ListTables(std::string_view share, std::string_view schema) const;
  Result<std::vector<Table>> ListAllTables(std::string_view share) const;
  Result<Table> GetTable(std::string_view share, std::string_view schema,
                         std::string_view table) const;
  Result<Table> GetTableById(std::string_view id) const;
  /// Whether some schema has a folder.
  bool has_folders() const { return has_folders_; }

 private:
  // Keys are folded names, so that iteration has the order lists are answered in.
  struct SchemaEntry {
    Schema schema;
    std::map<std::string, Table> tables;
  };
  struct ShareEntry {
    Share share;
    std::map<std::string, SchemaEntry> schemas;
  };
  const ShareEntry* FindShare(std::string_view share) const;
  const SchemaEntry* FindSchema(std::string_view share, std::string_view schema) const;

  std::map<std::string, ShareEntry> shares_;
  std::map<std::string, Table, std::less<>> by_id_;
  bool has_folders_ = false;
};

}  // namespace sluice::catalog
