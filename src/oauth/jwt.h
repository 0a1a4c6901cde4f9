// JSON Web Tokens (RFC 7519) that this program signs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "oauth/signing_key.h"

namespace sluice::oauth {

struct JwtContent {
  std::string key_id;  ///< Empty: not told.
  /// Beside `iat` and `exp`, in order.
  std::vector<std::pair<std::string_view, std::string>> claims;
  std::int64_t issued_at_s = 0;
  std::int64_t lifetime_s = 0;
};

/// Errors: those of SigningKey::Sign.
Result<std::string> SignJwt(const JwtContent& content, const SigningKey& key);

}  // namespace sluice::oauth
