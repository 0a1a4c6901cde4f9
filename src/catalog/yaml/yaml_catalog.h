// The catalog of a configuration file: fixed when the server starts.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"

namespace sluice::catalog {

struct YamlTable {
  std::string name;
  std::string location;
  std::string id;  ///< Empty: one is derived from the names.
  bool history_shared = false;
  std::int64_t start_version = 0;
  std::vector<std::string> files = {};  ///< See Table.
  std::string row_filter = {};          ///< Likewise.
};

struct YamlSchema {
  std::string name;
  std::vector<YamlTable> tables;
  std::optional<SharedFolder> folder = {};
};

struct YamlShare {
  std::string name;
  std::vector<YamlSchema> schemas;
  // As of Share.
  std::string id = {};
  std::string comment = {};
  std::map<std::string, std::string> properties = {};
};

struct YamlRecipient {
  std::string token_digest;  ///< SHA-256 of the token, 32 bytes.
  Recipient recipient;
};

struct YamlCatalogOptions {
  std::vector<YamlShare> shares;
  std::vector<YamlRecipient> recipients;
};

/// Errors: kInvalidArgument for a name that the protocol forbids, kAlreadyExists for one that is
/// taken (also without case) and for a token given twice.
Result<std::shared_ptr<const CatalogStore>> MakeYamlCatalog(const YamlCatalogOptions& options);

}  // namespace sluice::catalog
