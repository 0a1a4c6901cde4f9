#include "auth/oidc/claims.h"
#include "fuzz.h"
#include "json/answer.h"
#include "oauth/jwk_set.h"
#include "oauth/received_jwt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  using fuzz::CheckError;
  using fuzz::Require;
  const std::string_view text = fuzz::AsText(data, size);
  if (const auto jwt = oauth::ReadJwt(text)) {
    Require(oauth::LooksLikeJwt(text) && !jwt->algorithm.empty());
    Require(text.starts_with(jwt->signed_text) && text[jwt->signed_text.size()] == '.');
  } else {
    CheckError(jwt.error());
  }
  if (const auto claims = json::ParseJsonObject(text)) {
    auth::IssuerRules rules;
    rules.audiences = {"a"};
    const auto ends = auth::CheckClaims(*claims, rules, 1'700'000'000'000);
    if (ends) Require(*ends > 1'600'000'000'000 && claims->contains("aud"));
    if (!ends) CheckError(ends.error());
    const auto identity = auth::IdentityOf(*claims, rules);
    for (const auto& claim : identity.claims) Require(!claim.second.empty());
  }
  // Every key that was read is one that OpenSSL bears.
  if (const auto keys = oauth::JwkSet::Parse(text)) {
    for (const char* name : {"RS256", "PS512", "ES256", "ES512", "EdDSA"}) {
      const auto& algorithm = *oauth::FindSignatureAlgorithm(name);
      const auto key = keys->Choose(std::nullopt, algorithm);
      if (key) Require(!(*key)->Verifies(algorithm, "text", std::string(64, 'x')));
      if (!key) CheckError(key.error());
    }
  } else {
    CheckError(keys.error());
  }
  return 0;
}
