// A JSON Web Token that somebody presents, taken apart. Nothing in it is proven: a signature is
// verified by VerifyingKey, claims are judged by whoever knows the issuer.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::oauth {

inline constexpr std::size_t kMaxJwtBytes = std::size_t{16} << 10;

struct ReceivedJwt {
  std::string algorithm;              ///< As it stands there, "none" included.
  std::optional<std::string> key_id;  ///< `kid`.
  std::string type;                   ///< `typ`, in lower case; empty: none.
  boost::json::object claims;
  std::string_view signed_text;  ///< Of the token, which must live as long.
  std::string signature;
};

/// Whether it is three parts in base64url with dots between, the last of which may be empty.
bool LooksLikeJwt(std::string_view token);

/// Keys that a header brings along or points to (`jwk`, `jku`, `x5c`, `x5u`) are not looked at.
/// Errors, none of which holds a character of the token: kTooLarge beyond kMaxJwtBytes; kMalformed;
/// kUnsupported for `crit`.
Result<ReceivedJwt> ReadJwt(std::string_view token);

}  // namespace sluice::oauth
