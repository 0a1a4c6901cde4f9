#include "auth/authenticator.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/hash.h"

namespace sluice::auth {
namespace {

/// Tokens of issuers that list somebody's groups take several kilobytes.
constexpr std::size_t kMaxTokenBytes = std::size_t{16} << 10;

tl::unexpected<Error> Refuse(std::string_view message) {
  return Fail(ErrorKind::kUnauthenticated, "{}", message);
}

/// RFC 9110 lets the name of a scheme come in any case.
Result<std::string_view> BearerToken(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer";
  const std::size_t space = authorization.find_first_of(" \t");
  if (!EqualsIgnoreCase(authorization.substr(0, space), kScheme)) {
    return Refuse("the Authorization header must be of the form 'Bearer <token>'");
  }
  const std::string_view token =
      space == std::string_view::npos ? std::string_view() : Trim(authorization.substr(space));
  if (token.empty()) return Refuse("the Authorization header holds no token after 'Bearer'");
  if (token.size() > kMaxTokenBytes) return Refuse("the bearer token is too long");
  const bool plain = std::all_of(token.begin(), token.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F;
  });
  if (!plain) return Refuse("the bearer token is malformed");
  return token;
}

}  // namespace

Authenticator::Authenticator(AuthenticatorOptions options) : options_(std::move(options)) {}

Result<catalog::Recipient> Authenticator::Authenticate(const catalog::CatalogStore& catalog,
                                                       std::string_view authorization,
                                                       std::string* reason) const {
  authorization = Trim(authorization);
  if (options_.allow_anonymous) return catalog::Recipient{"anonymous", std::nullopt, std::nullopt};
  if (authorization.empty()) {
    return Refuse("no credential: send the profile's token as 'Authorization: Bearer <token>'");
  }
  SLUICE_TRY(const std::string_view token, BearerToken(authorization));
  if (options_.verifier != nullptr && options_.verifier->Reads(token)) {
    std::string unheard;
    return options_.verifier->Verify(token, reason == nullptr ? &unheard : reason);
  }
  const Sha256Digest digest = Sha256(token);
  auto recipient = catalog.FindRecipient(AsView(digest));
  if (!recipient) {
    if (recipient.error().kind != ErrorKind::kNotFound) return recipient;
    return Refuse("the bearer token is not known here: ask the provider for a new profile");
  }
  if (recipient->expires_at_ms && options_.clock->NowMillis() >= *recipient->expires_at_ms) {
    return Refuse("the bearer token has expired: ask the provider for a new profile");
  }
  return recipient;
}

}  // namespace sluice::auth
