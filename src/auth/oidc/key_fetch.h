// The keys of an issuer, fetched from where it publishes them.
#pragma once

#include <string>

#include "base/result.h"
#include "net/http_client.h"
#include "oauth/jwk_set.h"

namespace sluice::auth {

struct KeySource {
  std::string issuer;  ///< As oauth::CheckIssuerUrl allows it.
  /// Likewise. Empty: what the issuer's discovery document names, which must have the issuer's
  /// scheme, host and port.
  std::string jwks_uri = {};
  std::string ca_file = {};  ///< Empty: the system's trust store.

  bool operator==(const KeySource&) const = default;
};

/// A client for FetchKeys: one try of 10 seconds, ended by `cancelled`.
net::HttpOptions KeyFetchOptions(const KeySource& source, net::CancelCheck cancelled);

/// Blocks. No redirect is followed; answers are at most 512 KiB. Errors name the URL: kUnavailable
/// and kTimeout; kCorrupt for a document that is none, is of another issuer or points elsewhere;
/// kTooLarge; kCancelled.
Result<oauth::JwkSet> FetchKeys(const net::HttpClient& http, const KeySource& source);

}  // namespace sluice::auth
