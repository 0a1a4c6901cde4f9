#include "oauth/received_jwt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/answer.h"
#include "oauth/jwt.h"
#include "oauth/test_tokens.h"

namespace sluice::oauth {
namespace {

std::string Token(const std::string& header, const std::string& claims = "{}",
                  const std::string& signature = "s") {
  return Base64UrlEncode(header) + "." + Base64UrlEncode(claims) + "." + Base64UrlEncode(signature);
}

std::string Refusal(const std::string& token) {
  const auto jwt = ReadJwt(token);
  return jwt ? "taken" : std::string(KindName(jwt.error().kind)) + " " + jwt.error().message;
}

TEST(ReceivedJwt, IsWhatWasSigned) {
  JwtContent content;
  content.key_id = "k\"1";
  content.claims = {{"iss", "https://issuer"}, {"sub", "Zoë"}};
  content.issued_at_s = 1000;
  content.lifetime_s = 120;
  const auto key = *SigningKey::FromPem(TestKey::Get().private_pem);
  const std::string token = SignJwt(content, *key).value();
  const auto jwt = ReadJwt(token);
  ASSERT_TRUE(jwt) << jwt.error().message;
  EXPECT_EQ(jwt->algorithm, "RS256");
  EXPECT_EQ(jwt->key_id, "k\"1");
  EXPECT_EQ(jwt->type, "jwt");
  EXPECT_EQ(json::TextOf(jwt->claims, "sub"), "Zoë");
  EXPECT_EQ(json::NumberOf(jwt->claims, "exp"), 1120);
  EXPECT_TRUE(Verifies(TestKey::Get().public_pem, jwt->signed_text, jwt->signature));
}

TEST(ReceivedJwt, TellsItsForm) {
  for (const char* token : {"a.b.c", "a.b.", "eyJ.eyJ.-_"}) EXPECT_TRUE(LooksLikeJwt(token));
  for (const char* token :
       {"", ".", "..", "a", "a.b", "a..c", ".b.c", "a.b.c.d", "a.b.c=", "a.b.c/", "a b.c.d"}) {
    EXPECT_FALSE(LooksLikeJwt(token)) << token;
  }
}

TEST(ReceivedJwt, RefusesWhatIsNone) {
  EXPECT_EQ(Refusal("a.b"), "malformed the token is not of three parts in base64url");
  EXPECT_EQ(Refusal("a.b.c"), "malformed the header is no base64url");
  EXPECT_EQ(Refusal(Token("[]")), "malformed the header is no JSON object");
  EXPECT_EQ(Refusal(Token("{}")), "malformed the header names no algorithm");
  EXPECT_EQ(Refusal(Token(R"({"alg":1})")), "malformed the header names no algorithm");
  EXPECT_EQ(Refusal(Token(R"({"alg":"RS256","kid":7})")), "malformed the header's kid is no text");
  EXPECT_EQ(Refusal(Token(R"({"alg":"RS256","typ":[]})")), "malformed the header's typ is no text");
  EXPECT_EQ(Refusal(Token(R"({"alg":"RS256","crit":["exp"]})")),
            "unsupported the header asks for extensions (crit)");
  EXPECT_EQ(Refusal(Token(R"({"alg":"RS256"})", "17")), "malformed the payload is no JSON object");
  EXPECT_EQ(Refusal(Token(R"({"alg":"RS256"})", "{\"sub\":\"\xff\"}")),
            "malformed the payload is no JSON object");
  const std::string deep = "{\"a\":" + std::string(1000, '[') + std::string(1000, ']') + "}";
  EXPECT_EQ(Refusal(Token(R"({"alg":"RS256"})", deep)), "malformed the payload is no JSON object");
  EXPECT_EQ(Refusal(Token(R"({"alg":"RS256"})") + "AAA"),
            "malformed the signature is no base64url");
  EXPECT_EQ(Refusal(Token(R"({"alg":"RS256"})", "{}", std::string(20'000, 's'))),
            "too_large the token is longer than 16384 bytes");
  // Those are for the issuer's rules to refuse.
  EXPECT_EQ(Refusal(Token(R"({"alg":"none"})", "{}", "")), "taken");
}

}  // namespace
}  // namespace sluice::oauth
