// All of a catalog at one version, as requests look at it. Not part of this folder's interface.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "catalog/catalog.h"
#include "catalog/identity_map.h"
#include "catalog/listed_catalog.h"
#include "catalog/rows/row_store.h"

namespace sluice::catalog {

/// Immutable once loaded, and then thread-safe.
class CatalogState final : public ListedCatalog {
 public:
  /// Errors: those of the reader; kCorrupt for rows that contradict each other.
  static Result<std::shared_ptr<const CatalogState>> Load(rows::RowReader& reader,
                                                          std::int64_t version);

  std::int64_t version() const { return version_; }
  /// Errors: kNotFound.
  Result<Recipient> FindRecipient(std::string_view token_digest) const override;
  /// Errors: as of IdentityMap.
  Result<Recipient> FindByIdentity(const Identity& identity) const;

 private:
  struct Token {
    std::shared_ptr<const Recipient> recipient;
    std::optional<std::int64_t> expires_at_ms;
  };
  struct Known {
    IdentityTerms terms;
    std::shared_ptr<const Recipient> recipient;
  };
  using RecipientPtrs = std::map<std::string, std::shared_ptr<Recipient>>;
  explicit CatalogState(std::int64_t version) : version_(version) {}
  Status LoadListing(rows::RowReader& reader);
  Status LoadRecipients(rows::RowReader& reader);
  Status LoadCredentials(rows::RowReader& reader, const RecipientPtrs& recipients);

  const std::int64_t version_;
  std::map<std::string, Token, std::less<>> tokens_;  ///< By the bytes of their digests.
  /// By issuer and subject, which is empty where any will do.
  std::map<std::pair<std::string, std::string>, std::vector<Known>> identities_;
};

}  // namespace sluice::catalog
