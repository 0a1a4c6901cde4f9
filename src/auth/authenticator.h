// Who is calling.
#pragma once

#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"

namespace sluice::auth {

struct AuthenticatorOptions {
  std::shared_ptr<const catalog::CatalogStore> catalog;
  const Clock* clock = &SystemClock();
  /// Everybody, with whatever credential or none, is the recipient "anonymous", who may see every
  /// share. Only for a provider who configured a server without authorization.
  bool allow_anonymous = false;
};

/// Thread-safe.
class Authenticator {
 public:
  explicit Authenticator(AuthenticatorOptions options);

  /// The recipient behind the value of an Authorization header; empty means there was none.
  /// Errors: kUnauthenticated, its message telling a missing credential, another scheme, a
  /// malformed, an unknown and an expired token apart, without a character of it; those of the
  /// catalog other than kNotFound.
  Result<catalog::Recipient> Authenticate(std::string_view authorization) const;

 private:
  AuthenticatorOptions options_;
};

}  // namespace sluice::auth
