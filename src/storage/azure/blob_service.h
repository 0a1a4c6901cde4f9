// The Blob service of one account: who asks it, and what its refusals mean.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "base/renewing.h"
#include "storage/azure/account.h"
#include "storage/azure/shared_key.h"
#include "storage/rest/dialect.h"

namespace sluice::storage {

struct Anonymous {};
struct GivenSas {
  std::string text;  ///< Without the '?'.
};
/// Access tokens of Entra ID.
using AccessTokens = std::shared_ptr<const Renewing<std::string>>;
/// Signatures that somebody else gives, without the '?'.
struct VendedSas {
  std::shared_ptr<const Renewing<std::string>> texts;
};
/// Who asks.
using AzureCredential = std::variant<Anonymous, AccountKey, GivenSas, AccessTokens, VendedSas>;

/// Thread-safe.
class BlobService {
 public:
  /// `clock` outlives it.
  BlobService(AzureAccount account, AzureCredential credential, const Clock& clock);

  const AzureAccount& account() const { return account_; }
  const AzureCredential& credential() const { return credential_; }
  const Clock& clock() const { return clock_; }
  /// Now, as the store has it.
  std::int64_t NowMillis() const;

  /// As Dialect has them.
  Status Authorize(net::HttpRequest* request) const;
  Refusal ReadRefusal(const net::HttpResponse& answer) const;
  void Learn(const net::HttpResponse& answer) const;

 private:
  const AzureAccount account_;
  const AzureCredential credential_;
  const Clock& clock_;
  /// What the store's clock is ahead of this machine's, once it was found to matter.
  mutable std::atomic<std::int64_t> ahead_ms_{0};
};

}  // namespace sluice::storage
