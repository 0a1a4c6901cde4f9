#include "oauth/verifying_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/answer.h"
#include "oauth/test_tokens.h"

namespace sluice::oauth {
namespace {

Result<VerifyingKey> Read(const std::string& jwk) {
  const auto object = json::ParseJsonObject(jwk);
  EXPECT_TRUE(object) << jwk;
  return VerifyingKey::FromJwk(object.value_or(boost::json::object()));
}

struct Case {
  const char* algorithm;
  const TestKey* key;
  const char* curve;
};

class VerifyingKeyTest : public testing::Test {
 protected:
  const TestKey p256_ = TestKey::OnCurve("prime256v1");
  const TestKey p384_ = TestKey::OnCurve("secp384r1");
  const TestKey p521_ = TestKey::OnCurve("secp521r1");
  const TestKey k256_ = TestKey::OnCurve("secp256k1");
  const TestKey ed_ = TestKey::Ed25519();
  const TestKey& rsa_ = TestKey::Get();
  const std::vector<Case> cases_ = {
      {"RS256", &rsa_, ""},       {"RS384", &rsa_, ""},           {"RS512", &rsa_, ""},
      {"PS256", &rsa_, ""},       {"PS384", &rsa_, ""},           {"PS512", &rsa_, ""},
      {"ES256", &p256_, "P-256"}, {"ES384", &p384_, "P-384"},     {"ES512", &p521_, "P-521"},
      {"EdDSA", &ed_, ""},        {"ES256K", &k256_, "secp256k1"}};
};

TEST_F(VerifyingKeyTest, VerifiesEveryAlgorithmAndNoOther) {
  for (const Case& made : cases_) {
    const auto signature =
        (*SigningKey::FromPem(made.key->private_pem, made.algorithm))->Sign("text").value();
    for (const Case& tried : cases_) {
      const auto key = Read(JwkOf(*tried.key, "k", tried.curve));
      ASSERT_TRUE(key) << tried.algorithm << key.error().message;
      const auto& algorithm = *FindSignatureAlgorithm(tried.algorithm);
      EXPECT_TRUE(key->Fits(algorithm));
      EXPECT_EQ(key->Verifies(algorithm, "text", signature),
                std::string_view(made.algorithm) == tried.algorithm)
          << made.algorithm << " by " << tried.algorithm;
      // The algorithm of the token and a key of another kind.
      const auto& claimed = *FindSignatureAlgorithm(made.algorithm);
      if (tried.key != made.key) EXPECT_FALSE(key->Verifies(claimed, "text", signature));
    }
  }
}

TEST_F(VerifyingKeyTest, NoBitMayBeAnother) {
  for (const Case& made : cases_) {
    const auto key = Read(JwkOf(*made.key, "k", made.curve));
    const auto& algorithm = *FindSignatureAlgorithm(made.algorithm);
    const auto signature =
        (*SigningKey::FromPem(made.key->private_pem, made.algorithm))->Sign("text").value();
    EXPECT_FALSE(key->Verifies(algorithm, "texu", signature)) << made.algorithm;
    EXPECT_FALSE(key->Verifies(algorithm, "text", "")) << made.algorithm;
    EXPECT_FALSE(key->Verifies(algorithm, "text", signature + '\0')) << made.algorithm;
    EXPECT_FALSE(key->Verifies(algorithm, "text", signature.substr(1))) << made.algorithm;
    EXPECT_FALSE(key->Verifies(algorithm, "text", std::string(signature.size(), '\0')));
    for (const std::size_t at : {std::size_t{0}, signature.size() / 2, signature.size() - 1}) {
      std::string other = signature;
      other[at] = static_cast<char>(other[at] ^ 1);
      EXPECT_FALSE(key->Verifies(algorithm, "text", other)) << made.algorithm << " " << at;
    }
    EXPECT_TRUE(key->Verifies(algorithm, "text", signature)) << made.algorithm;
  }
}

TEST_F(VerifyingKeyTest, WhatIsNoKeyIsRefused) {
  const std::string good = JwkOf(p256_, "k", "P-256");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string out = good;
    out.replace(out.find(from), from.size(), to);
    return out;
  };
  const std::string x = std::string(json::TextOf(*json::ParseJsonObject(good), "x"));
  for (const std::string& jwk : {
           std::string("{}"),
           std::string(R"({"kty":"oct","k":"c2VjcmV0"})"),
           std::string(R"({"kty":"RSA"})"),
           std::string(R"({"kty":"RSA","n":"AQAB","e":"AQAB"})"),
           std::string(R"({"kty":"OKP","crv":"Ed25519","x":"AQAB"})"),
           std::string(R"({"kty":"OKP","crv":"X25519","x":"AQAB"})"),
           JwkOf(TestKey::Rsa(1024), "k"),
           with("P-256", "P-384"),
           with("P-256", "secp256k1"),     // A point of another curve.
           with(x, x.substr(1)),           // Short.
           with(x, std::string(43, 'A')),  // Not on the curve.
           with("\"x\"", "\"x5c\""),       // None.
           std::string(R"({"kty":17})"),
       }) {
    const auto key = Read(jwk);
    EXPECT_FALSE(key) << jwk;
  }
  // Exponents of which every verification would be dear, or none would be one.
  const std::string rsa = JwkOf(rsa_, "k");
  for (const char* exponent : {"AQ", "Ag", "AA", "AQAAAAAAAAAAAQ"}) {
    std::string jwk = rsa;
    jwk.replace(jwk.find("AQAB"), 4, exponent);
    EXPECT_FALSE(Read(jwk)) << exponent;
  }
}

}  // namespace
}  // namespace sluice::oauth
