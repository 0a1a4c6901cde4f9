#include "oauth/token_request.h"

#include <gtest/gtest.h>

#include "net/test_server.h"

namespace sluice::oauth {
namespace {

class SetClock : public Clock {
 public:
  std::int64_t NowMillis() const override { return 1'000'000'000; }
};

class TokenRequestTest : public ::testing::Test {
 protected:
  /// What becomes of an answer: the token and its end, or the error's kind and text.
  std::string After(std::string_view status, std::string_view body) {
    status_ = status;
    body_ = body;
    const auto token = RequestToken(http_, Asked(), clock_);
    if (!token) return std::string(KindName(token.error().kind)) + " " + token.error().message;
    return token->value + " " + std::to_string(token->expires_at_ms);
  }
  TokenRequest Asked() const {
    TokenRequest request;
    request.who = "the endpoint";
    request.url = server_.Url("/token");
    request.form = form_;
    request.headers = {{"Metadata", "true"}};
    request.login = login_;
    request.ends_otherwise_ms = ends_otherwise_ms_;
    return request;
  }

  std::string status_;
  std::string body_;
  std::vector<std::pair<std::string, std::string>> form_ = {{"client_id", "me & you"},
                                                            {"client_secret", "s3cr3t+/="}};
  std::optional<net::Login> login_;
  std::optional<std::int64_t> ends_otherwise_ms_;
  SetClock clock_;
  net::HttpClient http_{[] {
    net::HttpOptions options;
    options.max_retries = 0;
    return options;
  }()};
  net::TestServer server_{[this](const net::TestRequest& request, net::TestConnection& connection) {
    connection.Answer(status_, body_);
  }};
};

TEST_F(TokenRequestTest, SendsTheFormEncoded) {
  EXPECT_EQ(After("200 OK", R"({"access_token":"t","expires_in":60})"), "t 1000060000");
  const auto request = server_.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/token");
  EXPECT_EQ(request.headers.at("content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.headers.at("metadata"), "true");
  EXPECT_EQ(request.body, "client_id=me%20%26%20you&client_secret=s3cr3t%2B%2F%3D");
}

TEST_F(TokenRequestTest, WithoutAFormItIsAGet) {
  form_.clear();
  EXPECT_EQ(After("200 OK", R"({"access_token":"t","expires_in":"60"})"), "t 1000060000");
  EXPECT_EQ(server_.requests().at(0).method, "GET");
}

TEST_F(TokenRequestTest, KnowsWhenATokenEnds) {
  EXPECT_EQ(After("200 OK", R"({"access_token":"t","expires_on":"1000100"})"), "t 1000100000");
  EXPECT_EQ(After("200 OK", R"({"access_token":"t","expires_in":-5})"), "t 1000000000");
  EXPECT_EQ(After("200 OK", R"({"access_token":"t","expires_in":9223372036854775807})"),
            "t 32622400000");
  EXPECT_EQ(After("200 OK", R"({"access_token":"t","expires_on":9223372036854775807})"),
            "t 32622400000");
  EXPECT_EQ(After("200 OK", R"({"access_token":"t","expires_in":60.9})"), "t 1000060000");
  ends_otherwise_ms_ = 5;
  EXPECT_EQ(After("200 OK", R"({"access_token":"t"})"), "t 5");
  EXPECT_EQ(After("200 OK", R"({"access_token":"t","expires_in":"60"})"), "t 1000060000");
}

TEST_F(TokenRequestTest, WhoAsksMayBeToldByBasic) {
  login_ = net::Login{"me", "s3cr3t"};
  EXPECT_EQ(After("401 Unauthorized", R"({"error":"no s3cr3t for bWU6czNjcjN0"})"),
            "permission_denied the endpoint answered 401: no … for …");
  EXPECT_EQ(server_.requests().at(0).headers.at("authorization"), "Basic bWU6czNjcjN0");
  EXPECT_EQ(server_.requests().at(0).headers.at("accept"), "application/json");
}

TEST_F(TokenRequestTest, IsCancelled) {
  const auto token = RequestToken(http_, Asked(), clock_, [] { return true; });
  EXPECT_EQ(token.error().kind, ErrorKind::kCancelled);
}

TEST(TokenEndpointName, IsTheHost) {
  EXPECT_EQ(TokenEndpointName("https://a.example/t?x=secret"), "the token endpoint a.example");
  EXPECT_EQ(TokenEndpointName("http://127.0.0.1:81/t"), "the token endpoint 127.0.0.1:81");
  EXPECT_EQ(TokenEndpointName("x"), "the token endpoint");
}

TEST_F(TokenRequestTest, WhatIsNoTokenIsSaid) {
  EXPECT_EQ(After("200 OK", "<html>"), "unavailable the endpoint answered no JSON (syntax error)");
  EXPECT_EQ(After("200 OK", "[]"), "unavailable the endpoint answered JSON, but no object");
  EXPECT_EQ(After("200 OK", "{}"), "unavailable the endpoint answered without an access_token");
  EXPECT_EQ(After("200 OK", R"({"access_token":"t","expires_in":"soon"})"),
            "unavailable the endpoint answered a token whose expires_in is no number");
  EXPECT_EQ(After("200 OK", R"({"access_token":"t","expires_in":null})"),
            "unavailable the endpoint answered a token without its expires_in");
  EXPECT_EQ(After("200 OK", R"({"access_token":"t\r\nX: y","expires_in":60})"),
            "unavailable the endpoint answered an access_token that no header can hold");
  EXPECT_TRUE(After("200 OK", std::string(100, '['))
                  .starts_with("unavailable the endpoint answered no JSON"));
}

TEST_F(TokenRequestTest, RefusalsAreToldWithoutSecrets) {
  EXPECT_EQ(After("401 Unauthorized",
                  R"({"error":"invalid_client","error_description":"'s3cr3t+/=' is wrong\nhere"})"),
            "permission_denied the endpoint answered 401: invalid_client: '…' is wrong?here");
  EXPECT_EQ(After("400 Bad", R"({"error":{"message":"no such account"}})"),
            "permission_denied the endpoint answered 400: no such account");
  EXPECT_EQ(After("404 Not Found", "<html>"), "permission_denied the endpoint answered 404");
  EXPECT_EQ(After("503 Busy", ""), "unavailable the endpoint answered 503");
}

}  // namespace
}  // namespace sluice::oauth
