// Tokens that tell by themselves who has them, and are looked up nowhere.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/recipient.h"

namespace sluice::auth {

/// Thread-safe; no call waits for anything.
class TokenVerifier {
 public:
  virtual ~TokenVerifier() = default;

  /// Whether a token has the form of those that Verify judges. Every other is the catalog's.
  virtual bool Reads(std::string_view token) const = 0;

  /// Whose it is; the recipient expires with the token. Errors, in words for whoever sent it:
  /// kUnauthenticated for a token that proves nothing, kPermissionDenied for one that is genuine
  /// and means no recipient; then `reason` says for the log what is wrong, without the token.
  /// kUnavailable, in words for the log, where it cannot be judged now.
  virtual Result<catalog::Recipient> Verify(std::string_view token, std::string* reason) const = 0;
};

}  // namespace sluice::auth
