// The catalog: which tables are shared, under which names, and to whom.
// Names compare without case and are answered as configured.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/recipient.h"

namespace sluice::catalog {

struct Share {
  std::string name;
  std::string id;  ///< May be empty: then answers leave it out.
  // The provider's words about it, which answers show.
  std::string comment = {};
  std::map<std::string, std::string> properties = {};
};

/// A folder, of this machine or of a store, whose tables are shared as they come and go.
struct SharedFolder {
  std::string location;  ///< A plain path, or a URI such as file:///data or s3://bucket/data.
  /// Patterns (base/glob.h) of the tables' paths below it. One of `include` has to match, unless
  /// there are none, and none of `exclude`.
  std::vector<std::string> include = {};
  std::vector<std::string> exclude = {};
  // As of each table.
  bool history_shared = false;
  std::string row_filter = {};
  std::map<std::string, std::string> storage = {};

  bool operator==(const SharedFolder&) const = default;
};

struct Schema {
  std::string share;
  std::string name;
  std::optional<SharedFolder> folder = {};  ///< Its tables are those of the schema, too.
};

struct Table {
  std::string share;
  std::string schema;
  std::string name;
  std::string id;  ///< Stable and unique in the catalog; names the table in signed URLs.
  bool configured_id = false;      ///< Whether listings show the id (the provider chose it).
  std::string location;            ///< A plain path, or a URI such as file:///data/t.
  bool history_shared = false;     ///< Time travel, change feed and streaming are allowed.
  std::int64_t start_version = 0;  ///< The first version that history shows.
  /// Patterns (base/glob.h) that choose the Parquet files of a folder without a log; none: all.
  std::vector<std::string> files;
  /// Holds for every recipient, beside the filters of its grants, as Grant::row_filter.
  std::string row_filter = {};
  /// Options of the store where it lies (docs/storage.md), which win over those of the server.
  std::map<std::string, std::string> storage = {};
};

class ListedCatalog;

/// Read side of every catalog. Thread-safe; each call sees one consistent state. Lists are in the
/// order of their lower-cased names. Errors: kNotFound with a message fit for recipients
/// ("share 'x' does not exist"), kUnavailable.
class CatalogStore {
 public:
  virtual ~CatalogStore() = default;
  virtual Result<std::vector<Share>> ListShares() const = 0;
  virtual Result<Share> GetShare(std::string_view share) const = 0;
  virtual Result<std::vector<Schema>> ListSchemas(std::string_view share) const = 0;
  virtual Result<Schema> GetSchema(std::string_view share, std::string_view schema) const = 0;
  virtual Result<std::vector<Table>> ListTables(std::string_view share,
                                                std::string_view schema) const = 0;
  virtual Result<std::vector<Table>> ListAllTables(std::string_view share) const = 0;
  virtual Result<Table> GetTable(std::string_view share, std::string_view schema,
                                 std::string_view table) const = 0;
  virtual Result<Table> GetTableById(std::string_view id) const = 0;
  /// The recipient whose token has this SHA-256 digest; kNotFound when nobody has. Expiry is the
  /// caller's to judge.
  virtual Result<Recipient> FindRecipient(std::string_view token_digest) const = 0;

  /// The catalog as it is now, which answers from memory; null where it would take a disk or a
  /// network to tell.
  virtual std::shared_ptr<const ListedCatalog> AtHand() const { return nullptr; }
};

/// Names of 1 to 255 bytes without space, '/', control characters, of Unicode (IsControlPoint) too;
/// schemas and tables also without '.' ("Names" of the sharing protocol). Errors: kInvalidArgument
/// that says what is wrong.
Status CheckShareName(std::string_view name);
Status CheckSchemaOrTableName(std::string_view name);

/// The form of a name under which names compare: ASCII letters in lower case.
std::string FoldName(std::string_view name);
bool SameName(std::string_view a, std::string_view b);

/// An id for a table to which the provider gave none: the same for the same `identity`, different
/// between `domain`s. 32 hex digits.
std::string DerivedTableId(std::string_view domain, std::string_view identity);

/// The kNotFound errors of every catalog, and of whoever hides a thing from a recipient: what does
/// not exist and what may not be seen read the same.
tl::unexpected<Error> NoShare(std::string_view share);
tl::unexpected<Error> NoSchema(std::string_view share, std::string_view schema);
tl::unexpected<Error> NoTable(std::string_view share, std::string_view schema,
                              std::string_view table);

}  // namespace sluice::catalog
