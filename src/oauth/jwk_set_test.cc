#include "oauth/jwk_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oauth/test_tokens.h"

namespace sluice::oauth {
namespace {

std::string SetOf(const std::vector<std::string>& keys) {
  std::string out = R"({"keys":[)";
  for (const auto& key : keys) out += (out.back() == '[' ? "" : ",") + key;
  return out + "]}";
}

class JwkSetTest : public testing::Test {
 protected:
  std::string Choose(const JwkSet& set, const std::optional<std::string>& key_id,
                     std::string_view algorithm) {
    const auto key = set.Choose(key_id, *FindSignatureAlgorithm(algorithm));
    return key ? "chosen" : std::string(KindName(key.error().kind)) + " " + key.error().message;
  }

  const TestKey& rsa_ = TestKey::Get();
  const TestKey ec_ = TestKey::OnCurve("prime256v1");
};

TEST_F(JwkSetTest, ChoosesByIdAndAlgorithm) {
  const auto set = JwkSet::Parse(SetOf({JwkOf(rsa_, "r"), JwkOf(ec_, "e", "P-256")}));
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(Choose(*set, "r", "RS256"), "chosen");
  EXPECT_EQ(Choose(*set, "r", "PS512"), "chosen");
  EXPECT_EQ(Choose(*set, "e", "ES256"), "chosen");
  EXPECT_EQ(Choose(*set, std::nullopt, "ES256"), "chosen");
  EXPECT_EQ(Choose(*set, "e", "RS256"), "invalid_argument the key is not for RS256");
  EXPECT_EQ(Choose(*set, "R", "RS256"), "not_found there is no such key");
  EXPECT_EQ(Choose(*set, "", "RS256"), "not_found there is no such key");
  EXPECT_EQ(Choose(*set, std::nullopt, "EdDSA"), "not_found there is no such key");
}

TEST_F(JwkSetTest, WithoutAnIdOneKeyMustFit) {
  const TestKey other = TestKey::OnCurve("prime256v1");
  const auto set = JwkSet::Parse(SetOf({JwkOf(ec_, "1", "P-256"), JwkOf(other, "", "P-256")}));
  EXPECT_EQ(Choose(*set, std::nullopt, "ES256"), "invalid_argument several keys fit ES256");
  EXPECT_EQ(Choose(*set, "1", "ES256"), "chosen");
}

TEST_F(JwkSetTest, AKeyIsForWhatItsPublisherSays) {
  const auto set = JwkSet::Parse(SetOf({
      JwkOf(rsa_, "one", "", R"("alg":"RS256","use":"sig")"),
      JwkOf(rsa_, "enc", "", R"("use":"enc")"),
      JwkOf(rsa_, "wrap", "", R"("key_ops":["wrapKey"])"),
      JwkOf(rsa_, "ops", "", R"("key_ops":["verify"])"),
      R"({"kty":"oct","k":"c2VjcmV0","kid":"hmac"})",
      R"({"kty":"new","kid":"later"})",
      "17",
  }));
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->size(), 2U);
  EXPECT_EQ(Choose(*set, "one", "RS256"), "chosen");
  EXPECT_EQ(Choose(*set, "one", "PS256"), "invalid_argument the key is not for PS256");
  EXPECT_EQ(Choose(*set, "ops", "PS256"), "chosen");
  for (const char* gone : {"enc", "wrap", "hmac", "later"}) {
    EXPECT_EQ(Choose(*set, gone, "RS256"), "not_found there is no such key") << gone;
  }
}

TEST_F(JwkSetTest, WhatIsNoSetIsRefused) {
  EXPECT_EQ(JwkSet::Parse("{\"keys\":[]}")->size(), 0U);
  for (const char* text : {"", "[]", "{}", "{\"keys\":{}}", "<html>", "{\"keys\":[}"}) {
    EXPECT_EQ(JwkSet::Parse(text).error().kind, ErrorKind::kCorrupt) << text;
  }
  const std::vector<std::string> many(JwkSet::kMaxKeys + 1, R"({"kty":"new"})");
  EXPECT_EQ(JwkSet::Parse(SetOf(many)).error().kind, ErrorKind::kTooLarge);
  EXPECT_FALSE(JwkSet::Parse("{\"keys\":" + std::string(100, '[') + std::string(100, ']') + "}"));
}

}  // namespace
}  // namespace sluice::oauth
