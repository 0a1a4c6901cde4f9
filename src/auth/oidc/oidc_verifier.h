// JSON Web Tokens of configured issuers (OpenID Connect, OAuth 2.0) as bearer tokens.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/oidc/claims.h"
#include "auth/oidc/issuer_keys.h"
#include "auth/token_verifier.h"
#include "base/clock.h"
#include "catalog/identity_map.h"

namespace sluice::auth {

struct OidcIssuer {
  IssuerRules rules;
  std::shared_ptr<IssuerKeys> keys;
};

struct OidcOptions {
  std::vector<OidcIssuer> issuers;
  /// Asked in order; the first that knows somebody decides.
  std::vector<std::shared_ptr<const catalog::IdentityMap>> identities;
  const Clock* clock = &SystemClock();
};

class OidcVerifier : public TokenVerifier {
 public:
  explicit OidcVerifier(OidcOptions options) : options_(std::move(options)) {}

  bool Reads(std::string_view token) const override;
  Result<catalog::Recipient> Verify(std::string_view token, std::string* reason) const override;

 private:
  /// Errors: kUnauthenticated with a reason for the log; kUnavailable.
  Result<catalog::Recipient> Judge(std::string_view token) const;
  Result<catalog::Recipient> FindRecipient(const catalog::Identity& identity) const;

  const OidcOptions options_;
};

}  // namespace sluice::auth
