#include "auth/oidc/oidc_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/oidc/configured_identities.h"
#include "base/hash.h"
#include "net/test_server.h"
#include "oauth/test_tokens.h"

namespace sluice::auth {
namespace {

using oauth::JwkOf;
using oauth::SignedToken;
using oauth::SigningKey;
using oauth::TestKey;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kNowS = 1'700'000'000;
constexpr const char* kIssuer = "https://login.example";
constexpr const char* kHeader = R"({"alg":"RS256","kid":"k1","typ":"at+jwt"})";

class SetClock : public Clock {
 public:
  std::int64_t NowMillis() const override { return now; }
  std::atomic<std::int64_t> now{kNowS * 1000};
};

class OidcVerifierTest : public testing::Test {
 protected:
  OidcVerifierTest()
      : server_([this](const net::TestRequest&, net::TestConnection& out) {
          out.Answer("200 OK", R"({"keys":[)" + keys_ + "]}");
        }),
        issuer_keys_(std::make_shared<IssuerKeys>(KeySource{kIssuer, server_.Url("/")}, clock_)) {
    rules_.issuer = kIssuer;
    rules_.audiences = {"https://sharing.example", "other"};
    IdentityRule ann;
    ann.terms = {kIssuer, "ann", {}, {{"country", "country"}}};
    ann.recipient.name = "Ann";
    ann.recipient.grants = catalog::GrantsOfShares({"sales"});
    map_.push_back(ann);
    issuer_keys_->Refresh();
  }

  OidcVerifier Verifier() {
    OidcOptions options;
    options.issuers.push_back({rules_, issuer_keys_});
    options.identities = {std::make_shared<ConfiguredIdentities>(map_)};
    options.clock = &clock_;
    return OidcVerifier(options);
  }
  static std::string Claims(const std::string& more = {}) {
    return fmt::format(
        R"({{"iss":"{}","aud":"https://sharing.example","exp":{},"iat":{},"sub":"ann"{}}})",
        kIssuer, kNowS + 300, kNowS - 10, more);
  }
  static std::string Sign(const std::string& claims, const std::string& header = kHeader) {
    return SignedToken(header, claims, **SigningKey::FromPem(TestKey::Get().private_pem));
  }
  /// Why a token is refused, in the log; the recipient reads the same for all.
  std::string Reason(const std::string& token) {
    std::string reason;
    const auto recipient = Verifier().Verify(token, &reason);
    if (recipient) return "taken";
    EXPECT_EQ(recipient.error().kind, ErrorKind::kUnauthenticated) << recipient.error().message;
    EXPECT_EQ(recipient.error().message,
              "the token is not accepted here: get a new one from your identity provider");
    const std::string signature = token.substr(token.rfind('.') + 1);
    if (signature.size() > 20) EXPECT_THAT(reason, Not(HasSubstr(signature.substr(0, 20))));
    return reason;
  }

  std::string keys_ = JwkOf(TestKey::Get(), "k1");
  SetClock clock_;
  net::TestServer server_;
  IssuerRules rules_;
  std::vector<IdentityRule> map_;
  std::shared_ptr<IssuerKeys> issuer_keys_;
};

TEST_F(OidcVerifierTest, ATokenIsItsRecipient) {
  std::string reason;
  const auto ann = Verifier().Verify(Sign(Claims(R"(,"country":"DE")")), &reason);
  ASSERT_TRUE(ann) << ann.error().message << reason;
  EXPECT_EQ(ann->name, "Ann");
  EXPECT_EQ(ann->grants->at(0).share, "sales");
  EXPECT_EQ(ann->properties.at("country"), "DE");
  EXPECT_EQ(ann->expires_at_ms, (kNowS + 300) * 1000);
  EXPECT_EQ(Reason(Sign(Claims(), R"({"alg":"RS256"})")), "taken");
  EXPECT_EQ(Reason(Sign(Claims(), R"({"alg":"RS256","typ":"application/AT+JWT"})")), "taken");
}

TEST_F(OidcVerifierTest, OnlyAllowedAlgorithmsCount) {
  const auto unsigned_token = [](const std::string& header) {
    return Base64UrlEncode(header) + "." + Base64UrlEncode(Claims()) + ".";
  };
  for (const char* name : {"none", "None", "NONE", "HS256", "HS512", "rs256", "RS1", "dir"}) {
    EXPECT_THAT(Reason(unsigned_token(fmt::format(R"({{"alg":"{}","kid":"k1"}})", name))),
                HasSubstr("is not allowed for the issuer"))
        << name;
  }
  // Known, and not on the list; then on it.
  const auto signs = SigningKey::FromPem(TestKey::Get().private_pem, "PS384").value();
  const std::string token = SignedToken(R"({"alg":"PS384","kid":"k1"})", Claims(), *signs);
  EXPECT_THAT(Reason(token), HasSubstr("'PS384' is not allowed"));
  rules_.algorithms = {"PS384"};
  EXPECT_EQ(Reason(token), "taken");
  // A list that names what cannot be verified opens nothing.
  rules_.algorithms = {"none", "HS256"};
  EXPECT_THAT(Reason(unsigned_token(R"({"alg":"none"})")), HasSubstr("'none' is not allowed"));
}

TEST_F(OidcVerifierTest, ThePublicKeyIsNoSharedSecret) {
  const std::string text =
      Base64UrlEncode(R"({"alg":"HS256","kid":"k1"})") + "." + Base64UrlEncode(Claims());
  for (const std::string& secret : {TestKey::Get().public_pem, keys_}) {
    const auto mac = HmacKey(secret).Sign(text);
    EXPECT_THAT(Reason(text + "." + Base64UrlEncode(AsView(mac))),
                HasSubstr("'HS256' is not allowed"));
  }
}

TEST_F(OidcVerifierTest, KeysThatATokenBringsAreNotLookedAt) {
  const TestKey evil = TestKey::Rsa();
  const auto signs = SigningKey::FromPem(evil.private_pem).value();
  const std::string header = R"({"alg":"RS256","kid":"k1","jku":")" + server_.Url("/evil") +
                             R"(","x5u":")" + server_.Url("/evil") + R"(","jwk":)" +
                             JwkOf(evil, "k1") + "}";
  const auto before = server_.requests().size();
  EXPECT_EQ(Reason(SignedToken(header, Claims(), *signs)),
            "the signature is not that of the issuer's key");
  EXPECT_EQ(server_.requests().size(), before);
  EXPECT_EQ(Reason(Sign(Claims()).substr(0, 400) + "." + Sign(Claims())),
            "the token is not of three parts in base64url");
}

TEST_F(OidcVerifierTest, KeyIdsAreOnlyCompared) {
  for (const char* id :
       {"../../etc/passwd", "k1' OR '1'='1", "K1", "k1\\u0000", "http://evil/k1"}) {
    const std::string header = fmt::format(R"({{"alg":"RS256","kid":"{}"}})", id);
    std::string reason;
    const auto first = Verifier().Verify(Sign(Claims(), header), &reason);
    ASSERT_FALSE(first) << id;
    issuer_keys_->Refresh();  // Which it asks for where the minute allows.
    EXPECT_THAT(Reason(Sign(Claims(), header)), HasSubstr("there is no such key")) << id;
  }
  EXPECT_EQ(Reason(Sign(Claims())), "taken");
}

TEST_F(OidcVerifierTest, AnUnknownKeyIsFetchedAndMeanwhileNobodyIsRefused) {
  const TestKey next = TestKey::OnCurve("prime256v1");
  const auto signs = SigningKey::FromPem(next.private_pem, "ES256").value();
  const std::string token = SignedToken(R"({"alg":"ES256","kid":"k2"})", Claims(), *signs);
  keys_ += "," + JwkOf(next, "k2", "P-256");
  std::string reason;
  EXPECT_EQ(Verifier().Verify(token, &reason).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(reason, "");
  issuer_keys_->Refresh();
  EXPECT_EQ(Reason(token), "taken");
  EXPECT_EQ(Reason(Sign(Claims())), "taken");
  keys_ = JwkOf(next, "k2", "P-256");  // The old one is withdrawn.
  issuer_keys_->Refresh();
  EXPECT_THAT(Reason(Sign(Claims())), HasSubstr("there is no such key"));
}

TEST_F(OidcVerifierTest, WithoutKeysNobodyIsJudged) {
  issuer_keys_ = std::make_shared<IssuerKeys>(KeySource{kIssuer, server_.Url("/")}, clock_);
  std::string reason;
  const auto recipient = Verifier().Verify(Sign(Claims()), &reason);
  EXPECT_EQ(recipient.error().kind, ErrorKind::kUnavailable);
  // What no key can help is refused at once.
  EXPECT_THAT(Reason(Sign(Claims(), R"({"alg":"none"})")), HasSubstr("not allowed"));
}

TEST_F(OidcVerifierTest, TheIssuerIsOneOfThose) {
  const auto of = [&](const std::string& iss) {
    return Reason(Sign(R"({"iss":)" + iss + R"(,"aud":"other","exp":1800000000,"sub":"ann"})"));
  };
  EXPECT_EQ(of(R"("https://login.example")"), "taken");
  EXPECT_EQ(of(R"("https://login.example/")"),
            "the issuer 'https://login.example/' is not configured");
  EXPECT_EQ(of(R"("HTTPS://login.example")"),
            "the issuer 'HTTPS://login.example' is not configured");
  EXPECT_EQ(of(R"(["https://login.example"])"), "the issuer '' is not configured");
  EXPECT_EQ(of(R"("a\nb")"), "the issuer 'a?b' is not configured");
}

TEST_F(OidcVerifierTest, AnAudienceMustBeMeant) {
  const auto of = [&](const std::string& aud) {
    return Reason(
        Sign(R"({"iss":"https://login.example",)" + aud + R"("exp":1800000000,"sub":"ann"})"));
  };
  EXPECT_EQ(of(R"("aud":"other",)"), "taken");
  EXPECT_EQ(of(R"("aud":["x","other"],)"), "taken");
  for (const char* aud :
       {"", R"("aud":"Other",)", R"("aud":[],)", R"("aud":["x"],)", R"("aud":17,)",
        R"("aud":{"other":1},)", R"("aud":[["other"]],)", R"("aud":"other ",)"}) {
    EXPECT_EQ(of(aud), "the token is for another audience") << aud;
  }
}

TEST_F(OidcVerifierTest, ATokenHasItsTime) {
  const auto of = [&](const std::string& times) {
    return Reason(
        Sign(R"({"iss":"https://login.example","aud":"other","sub":"ann")" + times + "}"));
  };
  const auto at = [](std::int64_t s) { return std::to_string(kNowS + s); };
  EXPECT_EQ(of(""), "the token has no end (exp)");
  EXPECT_EQ(of(",\"exp\":" + at(-59)), "taken");
  EXPECT_EQ(of(",\"exp\":" + at(-59) + ".75"), "taken");
  EXPECT_EQ(of(",\"exp\":" + at(-60)), "the token ended at 2023-11-14T22:12:20.000Z");
  for (const char* wrong :
       {"\"1800000000\"", "null", "-1", "true", "[1800000000]", "1e300", "18446744073709551615"}) {
    EXPECT_EQ(of(std::string(",\"exp\":") + wrong), "the token's exp is no time") << wrong;
  }
  EXPECT_EQ(of(",\"exp\":9223372036854775807"), "taken");
  const std::string good = ",\"exp\":" + at(100);
  EXPECT_EQ(of(good + ",\"nbf\":" + at(60)), "taken");
  EXPECT_EQ(of(good + ",\"nbf\":" + at(61)), "the token begins at 2023-11-14T22:14:21.000Z");
  EXPECT_EQ(of(good + ",\"iat\":" + at(60)), "taken");
  EXPECT_THAT(of(good + ",\"iat\":" + at(61)), HasSubstr("issued later than now"));
  EXPECT_EQ(of(good + ",\"nbf\":\"x\""), "the token's nbf is no time");
  rules_.clock_skew_ms = 0;
  EXPECT_THAT(of(",\"exp\":" + at(0)), HasSubstr("ended"));
  EXPECT_EQ(of(",\"exp\":" + at(1)), "taken");
}

TEST_F(OidcVerifierTest, OtherTokensOfTheIssuerAreNone) {
  for (const char* type : {"logout+jwt", "dpop+jwt", "secevent+jwt", "application/jwk+json"}) {
    EXPECT_THAT(Reason(Sign(Claims(), fmt::format(R"({{"alg":"RS256","typ":"{}"}})", type))),
                HasSubstr("is none of an access token"));
  }
  EXPECT_EQ(Reason(Sign(Claims(R"(,"cnf":{"jkt":"x"})"))),
            "the token is bound to a key (cnf), and not a bearer's");
}

TEST_F(OidcVerifierTest, AChangedTokenIsAnother) {
  const std::string token = Sign(Claims());
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  const std::string other = Base64UrlEncode(Claims(R"(,"admin":true)"));
  EXPECT_EQ(Reason(token.substr(0, first + 1) + other + token.substr(last)),
            "the signature is not that of the issuer's key");
  EXPECT_EQ(Reason(token.substr(0, last + 1)), "the signature is not that of the issuer's key");
  EXPECT_THAT(Reason(std::string(20'000, 'a') + ".b.c"), HasSubstr("longer than 16384 bytes"));
  EXPECT_EQ(Reason(Sign(Claims(), R"({"alg":"RS256","crit":["b64"],"b64":false})")),
            "the header asks for extensions (crit)");
}

TEST_F(OidcVerifierTest, AGenuineTokenOfNobodyIsDenied) {
  map_.clear();
  std::string reason;
  const auto nobody = Verifier().Verify(Sign(Claims()), &reason);
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().kind, ErrorKind::kPermissionDenied);
  EXPECT_EQ(nobody.error().message,
            "nothing is shared with the owner of this token: ask the provider");
  EXPECT_EQ(reason,
            "no recipient is configured for the subject 'ann' of the issuer "
            "https://login.example");
}

TEST_F(OidcVerifierTest, AnEndOfTheRecipientIsOneToo) {
  map_[0].recipient.expires_at_ms = clock_.now + 1000;
  std::string reason;
  EXPECT_EQ(Verifier().Verify(Sign(Claims()), &reason)->expires_at_ms, clock_.now + 1000);
  clock_.now += 1000;
  EXPECT_EQ(Verifier().Verify(Sign(Claims()), &reason).error().kind, ErrorKind::kPermissionDenied);
  EXPECT_EQ(reason, "the access of recipient 'Ann' has ended");
}

}  // namespace
}  // namespace sluice::auth
