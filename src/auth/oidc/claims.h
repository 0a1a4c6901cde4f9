// What a token of an issuer must say of itself, and what it says of somebody.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/identity_map.h"

namespace sluice::auth {

struct IssuerRules {
  std::string issuer;
  std::vector<std::string> audiences;  ///< A token is for one of them at least.
  /// Names of oauth::FindSignatureAlgorithm.
  std::vector<std::string> algorithms = {"RS256", "ES256"};
  std::int64_t clock_skew_ms = 60'000;  ///< How far the issuer's clock may be from this one's.
  std::string subject_claim = "sub";
};

/// `aud`, `exp`, `nbf`, `iat`, and no `cnf`; the issuer was compared before. Gives the end of the
/// token in milliseconds, without the skew. Errors: kUnauthenticated, a reason for the log.
Result<std::int64_t> CheckClaims(const boost::json::object& claims, const IssuerRules& rules,
                                 std::int64_t now_ms);

catalog::Identity IdentityOf(const boost::json::object& claims, const IssuerRules& rules);

}  // namespace sluice::auth
