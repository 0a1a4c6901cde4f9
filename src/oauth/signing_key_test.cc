#include "oauth/signing_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oauth/jwt.h"
#include "oauth/test_tokens.h"

namespace sluice::oauth {
namespace {

using testing::HasSubstr;
using testing::Not;

std::shared_ptr<const SigningKey> Load(const TestKey& key, std::string_view algorithm) {
  auto loaded = SigningKey::FromPem(key.private_pem, algorithm);
  EXPECT_TRUE(loaded) << loaded.error().message;
  return loaded ? *loaded : nullptr;
}

/// OpenSSL's form of a signature whose numbers stand side by side.
std::string Der(const std::string& pair) {
  const auto half = static_cast<int>(pair.size() / 2);
  const auto* data = reinterpret_cast<const unsigned char*>(pair.data());
  ECDSA_SIG* const numbers = ECDSA_SIG_new();
  ECDSA_SIG_set0(numbers, BN_bin2bn(data, half, nullptr), BN_bin2bn(data + half, half, nullptr));
  unsigned char* out = nullptr;
  const int size = i2d_ECDSA_SIG(numbers, &out);
  std::string der(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
  OPENSSL_free(out);
  ECDSA_SIG_free(numbers);
  return der;
}

TEST(SigningKey, SignsWithRsaInEveryWay) {
  const struct {
    const char* name;
    TestSignature kind;
  } cases[] = {{"RS256", {EVP_sha256(), false}}, {"RS384", {EVP_sha384(), false}},
               {"RS512", {EVP_sha512(), false}}, {"PS256", {EVP_sha256(), true}},
               {"PS384", {EVP_sha384(), true}},  {"PS512", {EVP_sha512(), true}}};
  for (const auto& [name, kind] : cases) {
    const auto key = Load(TestKey::Get(), name);
    for (const char* text : {"one", "another"}) {
      const auto signature = key->Sign(text);
      ASSERT_TRUE(signature) << name;
      EXPECT_TRUE(Verifies(TestKey::Get().public_pem, text, *signature, kind)) << name;
      EXPECT_FALSE(Verifies(TestKey::Get().public_pem, "else", *signature, kind)) << name;
    }
  }
}

TEST(SigningKey, SignsOnEveryCurve) {
  const struct {
    const char* name;
    const char* curve;
    const EVP_MD* digest;
    std::size_t size;
  } cases[] = {{"ES256", "prime256v1", EVP_sha256(), 64},
               {"ES384", "secp384r1", EVP_sha384(), 96},
               {"ES512", "secp521r1", EVP_sha512(), 132},
               {"ES256K", "secp256k1", EVP_sha256(), 64}};
  for (const auto& [name, curve, digest, size] : cases) {
    const TestKey pair = TestKey::OnCurve(curve);
    const auto key = Load(pair, name);
    // Often enough, on the fastest, that a number begins with a zero byte, which the other form
    // leaves out; on P-521 one of two does.
    const int times = name == std::string_view("ES256") ? 600 : 10;
    for (int i = 0; i < times; ++i) {
      const auto signature = key->Sign("text");
      ASSERT_TRUE(signature) << name;
      ASSERT_EQ(signature->size(), size) << name;
      ASSERT_TRUE(Verifies(pair.public_pem, "text", Der(*signature), {digest})) << name;
    }
  }
  const TestKey pair = TestKey::Ed25519();
  const auto signature = Load(pair, "EdDSA")->Sign("text");
  EXPECT_TRUE(Verifies(pair.public_pem, "text", *signature, {nullptr}));
}

TEST(SigningKey, WhatIsNoKeyIsRefusedWithoutRepeatingIt) {
  for (const std::string& pem :
       {std::string(), std::string("secret text"), TestKey::Get().public_pem,
        TestKey::Get().private_pem.substr(0, 500)}) {
    const auto key = SigningKey::FromPem(pem);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().kind, ErrorKind::kInvalidArgument);
    EXPECT_THAT(key.error().message, Not(HasSubstr("secret")));
  }
}

TEST(SigningKey, AKeyIsOfItsAlgorithm) {
  const auto refused = [](const TestKey& key, std::string_view algorithm) {
    const auto loaded = SigningKey::FromPem(key.private_pem, algorithm);
    return loaded ? "taken"
                  : std::string(KindName(loaded.error().kind)) + " " + loaded.error().message;
  };
  EXPECT_EQ(refused(TestKey::OnCurve("prime256v1"), "RS256"),
            "invalid_argument RS256 signs with an RSA key, and this is another");
  EXPECT_EQ(refused(TestKey::OnCurve("prime256v1"), "ES384"),
            "invalid_argument ES384 signs with a key on the curve P-384, and this is another");
  EXPECT_EQ(refused(TestKey::Get(), "ES256"),
            "invalid_argument ES256 signs with a key on the curve P-256, and this is another");
  for (const char* none : {"none", "HS256", "rs256", ""}) {
    EXPECT_THAT(refused(TestKey::Get(), none), HasSubstr("unsupported '")) << none;
  }
}

TEST(SignJwt, HasHeaderClaimsAndSignature) {
  const auto key = Load(TestKey::Get(), "RS256");
  JwtContent content;
  content.key_id = "k\"1";
  content.claims = {{"aud", "https://issuer"}, {"sub", "Zoë"}};
  content.issued_at_s = 1000;
  content.lifetime_s = 120;
  const TestJwt jwt(SignJwt(content, *key).value());
  EXPECT_EQ(jwt.header, R"({"alg":"RS256","typ":"JWT","kid":"k\"1"})");
  EXPECT_EQ(jwt.claims, R"({"aud":"https://issuer","sub":"Zoë","iat":1000,"exp":1120})");
  EXPECT_TRUE(Verifies(TestKey::Get().public_pem, jwt.signed_text, jwt.signature));
  content.key_id.clear();
  EXPECT_EQ(TestJwt(SignJwt(content, *key).value()).header, R"({"alg":"RS256","typ":"JWT"})");
}

}  // namespace
}  // namespace sluice::oauth
