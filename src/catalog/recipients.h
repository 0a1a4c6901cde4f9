// Recipients by the digest of their token, for the catalogs that keep them in memory.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "catalog/catalog.h"

namespace sluice::catalog {

/// Immutable once filled, and then thread-safe.
class Recipients {
 public:
  /// Errors: kAlreadyExists, kInvalidArgument for a digest that is not 32 bytes long.
  Status Add(std::string_view token_digest, Recipient recipient);
  /// Errors: kNotFound.
  Result<Recipient> Find(std::string_view token_digest) const;

 private:
  std::map<std::string, Recipient, std::less<>> by_digest_;
};

}  // namespace sluice::catalog
