// Who is calling.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "auth/token_verifier.h"
#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"

namespace sluice::auth {

struct AuthenticatorOptions {
  const Clock* clock = &SystemClock();
  /// Everybody, with whatever credential or none, is the recipient "anonymous", who may see every
  /// share. Only for a provider who configured a server without authorization.
  bool allow_anonymous = false;
  /// Of tokens that it reads, the only judge. Null: the catalog judges all.
  std::shared_ptr<const TokenVerifier> verifier = nullptr;
};

/// Thread-safe.
class Authenticator {
 public:
  explicit Authenticator(AuthenticatorOptions options);

  /// The recipient of `catalog` behind the value of an Authorization header; empty means there was
  /// none.
  /// Errors: kUnauthenticated, its message telling a missing credential, another scheme, a
  /// malformed, an unknown and an expired token apart, without a character of it; those of the
  /// catalog other than kNotFound; those of the verifier, which tells `reason`, if that is not
  /// null, what only the log may know.
  Result<catalog::Recipient> Authenticate(const catalog::CatalogStore& catalog,
                                          std::string_view authorization,
                                          std::string* reason = nullptr) const;

 private:
  AuthenticatorOptions options_;
};

}  // namespace sluice::auth
