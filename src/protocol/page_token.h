// Page tokens, and others like them: stateless, authenticated, bound to who asked for what, and
// expiring.
// Format (docs/formats.md): base64url of version, kind, expiry, position, request digest, HMAC.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

namespace sluice::protocol {

struct PageToken {
  std::uint8_t kind = 0;  ///< The endpoint family that made it.
  std::int64_t expires_at_ms = 0;
  std::string position;  ///< Opaque: where the next page begins. At most 1 KiB.
  /// Digest of everything else that shapes the answer: recipient, names, parameters.
  Sha256Digest request{};
};

std::string SealPageToken(const PageToken& token, const HmacKey& key);

/// What a token has to fit.
struct TokenCheck {
  std::uint8_t kind = 0;
  Sha256Digest request{};
  std::int64_t now_ms = 0;
  std::string_view name = "page token";  ///< In messages.
};

/// Checks form, signature, kind, request and expiry; one of the keys has to have signed it. Errors:
/// kInvalidArgument with a message for the recipient that tells an expired token from one that does
/// not belong here.
Result<PageToken> OpenPageToken(std::string_view text, std::span<const HmacKey> keys,
                                const TokenCheck& check);

}  // namespace sluice::protocol
