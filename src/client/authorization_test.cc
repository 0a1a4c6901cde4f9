// Every type of credential, against an issuer of tokens and a server that wants them.
#include "client/authorization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "client/fake_share.h"
#include "oauth/test_tokens.h"

namespace sluice::client {
namespace {

using oauth::FormOf;
using oauth::TestJwt;
using oauth::TestKey;
using testing::HasSubstr;
using testing::Not;

class SetClock final : public Clock {
 public:
  std::int64_t NowMillis() const override { return now; }
  std::atomic<std::int64_t> now = 1'700'000'000'000;
};

/// Gives tokens "token-1", "token-2" and so on, or what `answer` says instead.
class Issuer {
 public:
  std::string Url() const { return server_.Url("/token"); }
  std::vector<net::TestRequest> requests() const { return server_.requests(); }
  int asked() const { return static_cast<int>(server_.requests().size()); }

  std::string expires = R"(,"expires_in":3600)";
  std::function<void(net::TestConnection&)> answer;

 private:
  std::atomic<int> given_{0};
  net::TestServer server_{[this](const net::TestRequest&, net::TestConnection& peer) {
    if (answer) return answer(peer);
    peer.Answer("200 OK", R"({"access_token":"token-)" + std::to_string(++given_) +
                              R"(","token_type":"Bearer")" + expires + "}");
  }};
};

class AuthorizationTest : public ::testing::Test {
 protected:
  ~AuthorizationTest() override { std::filesystem::remove(key_file_); }

  protocol::ClientCredentials Secret() const {
    return {issuer_.Url(), "me", "s3cr3t", "all of it"};
  }
  protocol::PrivateKeyJwt Jwt(std::string_view pem) const {
    std::ofstream(key_file_) << pem;
    protocol::PrivateKeyJwt out;
    out.token_endpoint = issuer_.Url();
    out.issuer = "https://issuer";
    out.client_id = "me";
    out.private_key_file = key_file_;
    return out;
  }
  Authorization Make(protocol::Credential credential,
                     std::optional<std::int64_t> expires_at_ms = {}) const {
    net::HttpOptions options;
    options.first_backoff_ms = 1;
    options.max_retries = 2;
    return Authorization(std::move(credential), expires_at_ms,
                         std::make_shared<const net::HttpClient>(options), clock_);
  }
  /// The header's value, or the error's kind and text.
  static std::string Shown(const Authorization& authorization) {
    const auto shown = authorization.Get({});
    if (shown) return (*shown)->value;
    return std::string(KindName(shown.error().kind)) + " " + shown.error().message;
  }

  SetClock clock_;
  Issuer issuer_;
  const std::string key_file_ = (std::filesystem::path(::testing::TempDir()) /
                                 ("authorization_" + std::to_string(::getpid()) + ".pem"))
                                    .string();
};

TEST_F(AuthorizationTest, ABearerTokenIsGoodUntilItExpires) {
  const auto authorization = Make(protocol::BearerToken{"t"}, clock_.now + 1000);
  EXPECT_EQ(Shown(authorization), "Bearer t");
  clock_.now += 999;
  EXPECT_EQ(Shown(authorization), "Bearer t");
  EXPECT_FALSE(authorization.Renew(*authorization.Get({})));
  clock_.now += 1;
  EXPECT_EQ(Shown(authorization),
            "unauthenticated the profile's token expired at 2023-11-14T22:13:21.000Z; ask the "
            "provider for a new profile");
}

TEST_F(AuthorizationTest, UserAndPasswordGoByBasic) {
  const auto authorization = Make(protocol::UserAndPassword{"Aladdin", "open sesame"});
  EXPECT_EQ(Shown(authorization), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_FALSE(authorization.Renew(*authorization.Get({})));
}

TEST_F(AuthorizationTest, AClientAsksWithItsSecret) {
  EXPECT_EQ(Shown(Make(Secret())), "Bearer token-1");
  const auto request = issuer_.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.headers.at("authorization"), "Basic " + Base64Encode("me:s3cr3t"));
  EXPECT_EQ(request.headers.at("content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.body, "grant_type=client_credentials&scope=all%20of%20it");
}

TEST_F(AuthorizationTest, AnIdWithAColonIsEncoded) {
  auto client = Secret();
  client.client_id = "api://me";
  client.client_secret = "a/b";
  client.scope.clear();
  EXPECT_EQ(Shown(Make(client)), "Bearer token-1");
  EXPECT_EQ(issuer_.requests().at(0).headers.at("authorization"),
            "Basic " + Base64Encode("api%3A%2F%2Fme:a%2Fb"));
  EXPECT_EQ(issuer_.requests().at(0).body, "grant_type=client_credentials");
}

TEST_F(AuthorizationTest, AClientAsksWithATokenThatItSigned) {
  auto jwt = Jwt(TestKey::Get().private_pem);
  jwt.audience = "https://server";
  jwt.scope = "read";
  jwt.key_id = "key-1";
  const auto authorization = Make(jwt);
  EXPECT_EQ(Shown(authorization), "Bearer token-1");
  const auto form = FormOf(issuer_.requests().at(0).body);
  EXPECT_EQ(form.size(), 2U);
  EXPECT_EQ(form.at("grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
  const TestJwt sent(form.at("assertion"));
  EXPECT_TRUE(oauth::Verifies(TestKey::Get().public_pem, sent.signed_text, sent.signature));
  EXPECT_EQ(sent.header, R"({"alg":"RS256","typ":"JWT","kid":"key-1"})");
  EXPECT_THAT(sent.claims,
              testing::MatchesRegex(R"(\{"aud":"https://issuer","iss":"me","jti":"[0-9a-f]{32}",)"
                                    R"("scope":"read","resource":"https://server",)"
                                    R"("iat":1700000000,"exp":1700000120\})"));
  // Nobody may use one twice.
  EXPECT_TRUE(authorization.Renew(*authorization.Get({})));
  EXPECT_EQ(Shown(authorization), "Bearer token-2");
  EXPECT_NE(TestJwt(FormOf(issuer_.requests().at(1).body).at("assertion")).claims, sent.claims);
}

TEST_F(AuthorizationTest, AnotherKeyInItsFileIsTaken) {
  const auto authorization = Make(Jwt(TestKey::Get().private_pem));
  EXPECT_EQ(Shown(authorization), "Bearer token-1");
  const TestKey other = TestKey::Rsa();
  Jwt(other.private_pem);
  EXPECT_TRUE(authorization.Renew(*authorization.Get({})));
  EXPECT_EQ(Shown(authorization), "Bearer token-2");
  const TestJwt sent(FormOf(issuer_.requests().at(1).body).at("assertion"));
  EXPECT_TRUE(oauth::Verifies(other.public_pem, sent.signed_text, sent.signature));
}

TEST_F(AuthorizationTest, AKeyThatCannotSignIsNamedByItsFile) {
  const std::string place = "invalid_argument profile: field 'privateKey': '" + key_file_ + "': ";
  EXPECT_EQ(Shown(Make(Jwt("s3cr3t"))), place + "no private key in PEM without a passphrase");
  EXPECT_THAT(Shown(Make(Jwt(TestKey::OnCurve("prime256v1").private_pem))),
              HasSubstr(place + "RS256 signs with an RSA key"));
  auto jwt = Jwt(TestKey::Get().private_pem);
  jwt.algorithm = "HS256";
  EXPECT_THAT(Shown(Make(jwt)), HasSubstr(place + "'HS256' is no algorithm that is known here"));
  std::filesystem::remove(key_file_);
  EXPECT_EQ(Shown(Make(jwt)), place + "No such file or directory");
  EXPECT_EQ(issuer_.asked(), 0);
}

TEST_F(AuthorizationTest, ATokenIsRenewedTenMinutesBeforeItEnds) {
  const auto authorization = Make(Secret());
  EXPECT_EQ(Shown(authorization), "Bearer token-1");
  clock_.now += 2'999'000;
  EXPECT_EQ(Shown(authorization), "Bearer token-1");
  clock_.now += 1'000;
  EXPECT_EQ(Shown(authorization), "Bearer token-2");
}

TEST_F(AuthorizationTest, ATokenWithoutAnEndLastsUntilItIsRefused) {
  issuer_.expires = "";
  const auto authorization = Make(Secret());
  EXPECT_EQ(Shown(authorization), "Bearer token-1");
  clock_.now += 100 * 86'400'000LL;
  const auto first = authorization.Get({});
  EXPECT_EQ((*first)->value, "Bearer token-1");
  EXPECT_TRUE(authorization.Renew(*first));
  EXPECT_EQ(Shown(authorization), "Bearer token-2");
  // Somebody else's refusal of the first comes late.
  EXPECT_TRUE(authorization.Renew(*first));
  EXPECT_EQ(Shown(authorization), "Bearer token-2");
}

TEST_F(AuthorizationTest, RefusalsOfTheIssuerAreToldWithoutTheSecret) {
  issuer_.answer = [](net::TestConnection& peer) {
    peer.Answer("401 Unauthorized",
                R"({"error":"invalid_client","error_description":"s3cr3t is not it"})");
  };
  EXPECT_THAT(Shown(Make(Secret())),
              testing::MatchesRegex("unauthenticated the token endpoint 127.0.0.1:[0-9]+ answered "
                                    "401: invalid_client: … is not it"));
  EXPECT_EQ(issuer_.asked(), 1);
  issuer_.answer = [](net::TestConnection& peer) { peer.Answer("503 Busy", ""); };
  EXPECT_THAT(Shown(Make(Secret())), HasSubstr("unavailable the token endpoint 127.0.0.1:"));
  EXPECT_EQ(issuer_.asked(), 4);
}

TEST_F(AuthorizationTest, ThreadsShareOneRequest) {
  const auto authorization = Make(Secret());
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { right += Shown(authorization) == "Bearer token-1" ? 1 : 0; });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 8);
  EXPECT_EQ(issuer_.asked(), 1);
}

TEST_F(AuthorizationTest, WhoGivesUpDoesNotWaitForTheIssuer) {
  std::atomic<bool> stop = false;
  issuer_.answer = [&](net::TestConnection& peer) {
    stop = true;
    peer.WaitForClose();
  };
  const auto authorization = Make(Secret());
  const auto shown = authorization.Get([&] { return stop.load(); });
  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().kind, ErrorKind::kCancelled);
}

/// A client of a server that takes one token, which a test may change.
class TokensOfAClient : public AuthorizationTest {
 protected:
  TokensOfAClient() {
    share_.files = {FileOfIds("f", 0, 10)};
    share_.intercept = [this](const net::TestRequest& request, net::TestConnection& peer) {
      const bool is_file = request.target.starts_with("/files/");
      if (!is_file && request.headers.at("authorization") != "Bearer " + taken_) {
        peer.Answer("401 Unauthorized", R"({"errorCode":"X","message":"who is that?"})");
      } else if (is_file || request.target.ends_with("/query")) {
        share_.intercepted = false;
      } else {
        peer.Answer("200 OK", R"({"items":[]})");
      }
    };
    share_.authorization = "";
  }
  std::shared_ptr<Client> Connect(ClientOptions options = {}) const {
    protocol::Profile profile;
    profile.share_credentials_version = 2;
    profile.endpoint = share_.Url("/prefix");
    profile.credential = Secret();
    options.http.first_backoff_ms = 1;
    return Client::Make(profile, options);
  }

  std::string taken_ = "token-1";
  FakeShare share_;
};

TEST_F(TokensOfAClient, CallsUseOneToken) {
  const auto client = Connect();
  EXPECT_TRUE(client->ListShares());
  const auto table = ReadAll(*client, FakeShare::Request());
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ((*table)->num_rows(), 10);
  EXPECT_EQ(issuer_.asked(), 1);
}

TEST_F(TokensOfAClient, ARefusedTokenIsRenewedOnce) {
  const auto client = Connect();
  EXPECT_TRUE(client->ListShares());
  taken_ = "token-2";
  EXPECT_TRUE(client->ListShares());
  EXPECT_EQ(share_.requests().size(), 3U);
  taken_ = "token-3";
  const auto table = ReadAll(*client, FakeShare::Request());
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ((*table)->num_rows(), 10);
  taken_ = "nobody's";
  const auto shares = client->ListShares();
  ASSERT_FALSE(shares);
  EXPECT_EQ(shares.error().kind, ErrorKind::kUnauthenticated);
  EXPECT_THAT(shares.error().message, HasSubstr("who is that?"));
  EXPECT_THAT(shares.error().message, Not(HasSubstr("token-")));
  EXPECT_EQ(issuer_.asked(), 4);
}

TEST_F(TokensOfAClient, HeadersOfItsOwnGoToTheServerAlone) {
  ClientOptions options;
  options.headers = {{"X-Api-Key", "k3y"}, {"X-Api-Key", "other"}, {"X-Empty", ""}};
  const auto client = Connect(options);
  EXPECT_TRUE(ReadAll(*client, FakeShare::Request()));
  EXPECT_FALSE(issuer_.requests().at(0).headers.contains("x-api-key"));
  int files = 0;
  for (const auto& request : share_.requests()) {
    const bool is_file = request.target.starts_with("/files/");
    files += is_file ? 1 : 0;
    EXPECT_EQ(request.headers.contains("x-api-key"), !is_file) << request.target;
    EXPECT_EQ(request.headers.contains("x-empty"), !is_file) << request.target;
  }
  EXPECT_GT(files, 0);
}

TEST_F(TokensOfAClient, HeadersOfItsOwnAreNotRedirected) {
  net::TestServer elsewhere([](const auto&, auto& peer) { peer.Answer("200 OK", "{}"); });
  share_.intercept = [&](const net::TestRequest&, net::TestConnection& peer) {
    peer.Answer("302 Found", "", "Location: " + elsewhere.Url("/x?secret") + "\r\n");
  };
  EXPECT_TRUE(Connect()->ListShares());
  EXPECT_EQ(elsewhere.requests().size(), 1U);
  ClientOptions options;
  options.headers = {{"X-Api-Key", "k3y"}};
  const auto refused = Connect(options)->ListShares();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("redirects to " + elsewhere.Url("") + " (302)"));
  EXPECT_EQ(elsewhere.requests().size(), 1U);
}

TEST(CheckHeader, WhatTheClientSendsItselfIsRefused) {
  EXPECT_TRUE(CheckHeader({"X-Api-Key", "a b"}));
  for (const char* name :
       {"Authorization", "HOST", "delta-sharing-capabilities", "Range", "a b", "", "a:"}) {
    const auto status = CheckHeader({name, "s3cr3t"});
    ASSERT_FALSE(status) << name;
    EXPECT_EQ(status.error().kind, ErrorKind::kInvalidArgument);
    EXPECT_THAT(status.error().message, Not(HasSubstr("s3cr3t")));
  }
  EXPECT_FALSE(CheckHeader({"X", "a\r\nY: b"}));
}

}  // namespace
}  // namespace sluice::client
