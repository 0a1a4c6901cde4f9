#include "auth/oidc/oidc_verifier.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "json/answer.h"
#include "oauth/received_jwt.h"

namespace sluice::auth {
namespace {

constexpr std::size_t kMaxShown = 200;

tl::unexpected<Error> Refuse(std::string reason) {
  return Fail(ErrorKind::kUnauthenticated, "{}", reason);
}

/// RFC 8725, 3.11: what an issuer signs for other ends is no access token.
bool IsTypeOfAccess(std::string_view type) {
  constexpr std::string_view kMedia = "application/";
  if (type.starts_with(kMedia)) type.remove_prefix(kMedia.size());
  return type.empty() || type == "jwt" || type == "at+jwt";
}

/// Null where the issuer's rules do not have it, also where nobody here could verify it.
const oauth::SignatureAlgorithm* AllowedAlgorithm(const IssuerRules& rules,
                                                  const std::string& name) {
  const auto& allowed = rules.algorithms;
  if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) return nullptr;
  return oauth::FindSignatureAlgorithm(name);
}

Status CheckSignature(const oauth::ReceivedJwt& jwt, const OidcIssuer& issuer) {
  const auto* const algorithm = AllowedAlgorithm(issuer.rules, jwt.algorithm);
  if (algorithm == nullptr) {
    return Refuse(fmt::format("the algorithm '{}' is not allowed for the issuer {}",
                              Printable(jwt.algorithm, 32), issuer.rules.issuer));
  }
  SLUICE_TRY(const auto keys, issuer.keys->Current());
  const auto key = keys->Choose(jwt.key_id, *algorithm);
  if (!key && key.error().kind == ErrorKind::kNotFound && issuer.keys->MayChange()) {
    return Fail(ErrorKind::kUnavailable, "the issuer {} is asked for a key that is not known yet",
                issuer.rules.issuer);
  }
  if (!key) {
    return Refuse(
        fmt::format("the keys of the issuer {}: {}", issuer.rules.issuer, key.error().message));
  }
  if ((*key)->Verifies(*algorithm, jwt.signed_text, jwt.signature)) return {};
  return Refuse("the signature is not that of the issuer's key");
}

}  // namespace

bool OidcVerifier::Reads(std::string_view token) const {
  return oauth::LooksLikeJwt(token);
}

Result<catalog::Recipient> OidcVerifier::Verify(std::string_view token, std::string* reason) const {
  auto recipient = Judge(token);
  if (recipient) return recipient;
  Error& error = recipient.error();
  if (error.kind == ErrorKind::kPermissionDenied) {
    *reason = std::exchange(error.message,
                            "nothing is shared with the owner of this token: ask the provider");
  } else if (error.kind == ErrorKind::kUnauthenticated) {
    *reason = std::exchange(
        error.message, "the token is not accepted here: get a new one from your identity provider");
  }
  return recipient;
}

Result<catalog::Recipient> OidcVerifier::Judge(std::string_view token) const {
  const auto jwt = oauth::ReadJwt(token);
  if (!jwt) return Refuse(jwt.error().message);
  if (!IsTypeOfAccess(jwt->type)) {
    return Refuse(
        fmt::format("the type '{}' is none of an access token", Printable(jwt->type, kMaxShown)));
  }
  const std::string_view name = json::TextOf(jwt->claims, "iss");
  const auto issuer =
      std::find_if(options_.issuers.begin(), options_.issuers.end(),
                   [&](const OidcIssuer& known) { return known.rules.issuer == name; });
  if (issuer == options_.issuers.end()) {
    return Refuse(fmt::format("the issuer '{}' is not configured", Printable(name, kMaxShown)));
  }
  SLUICE_RETURN_IF_ERROR(CheckSignature(*jwt, *issuer));
  SLUICE_TRY(const std::int64_t ends_ms,
             CheckClaims(jwt->claims, issuer->rules, options_.clock->NowMillis()));
  SLUICE_TRY(auto recipient, FindRecipient(IdentityOf(jwt->claims, issuer->rules)));
  if (recipient.expires_at_ms && options_.clock->NowMillis() >= *recipient.expires_at_ms) {
    return Fail(ErrorKind::kPermissionDenied, "the access of recipient '{}' has ended",
                recipient.name);
  }
  recipient.expires_at_ms = std::min(ends_ms, recipient.expires_at_ms.value_or(ends_ms));
  return recipient;
}

Result<catalog::Recipient> OidcVerifier::FindRecipient(const catalog::Identity& identity) const {
  for (const auto& map : options_.identities) {
    auto found = map->FindByIdentity(identity);
    if (found || found.error().kind != ErrorKind::kNotFound) return found;
  }
  return Fail(ErrorKind::kPermissionDenied,
              "no recipient is configured for the subject '{}' of the issuer {}",
              Printable(identity.subject, kMaxShown), identity.issuer);
}

}  // namespace sluice::auth
