#include "catalog/managed/secrets.h"

#include "base/encoding.h"
#include "base/hash.h"

namespace sluice::catalog {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kIdDigits = 12;

}  // namespace

std::string DigestOf(std::string_view secret) {
  return Sha256Hex(secret);
}

Secret MakeSecret(std::int64_t now_ms, Lifetime lifetime_ms) {
  Secret secret;
  secret.text = Base64UrlEncode(RandomBytes(kSecretBytes));
  secret.id = DigestOf(secret.text).substr(0, kIdDigits);
  if (lifetime_ms) secret.expires_at_ms = now_ms + *lifetime_ms;
  return secret;
}

TokenRow TokenRowOf(const Secret& secret, const std::string& recipient, std::int64_t now_ms) {
  return {DigestOf(secret.text), secret.id, recipient, now_ms,
          secret.expires_at_ms.value_or(rows::kNever)};
}

}  // namespace sluice::catalog
