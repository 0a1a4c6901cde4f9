#include "protocol/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::protocol {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kSecret = "s3cr3t-token";

TEST(Profile, ReadsVersionOne) {
  const auto profile = ParseProfile(
      "\xEF\xBB\xBF"
      R"({"shareCredentialsVersion":1,"endpoint":"https://Host/delta-sharing//",)"
      R"("bearerToken":"t","expirationTime":"2021-11-12T00:12:29.0Z","comment":{}})");
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->share_credentials_version, 1);
  EXPECT_EQ(profile->endpoint, "https://Host/delta-sharing");
  EXPECT_EQ(profile->credential, Credential(BearerToken{"t"}));
  EXPECT_EQ(profile->expiration_time_ms, 1636675949000);
}

TEST(Profile, ReadsVersionTwoWithABearerToken) {
  const auto profile = ParseProfile(
      R"({"shareCredentialsVersion":2,"type":"bearer_token","endpoint":"http://h:8080/p",)"
      R"("bearerToken":"t","expirationTime":null})");
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->share_credentials_version, 2);
  EXPECT_FALSE(profile->expiration_time_ms);
}

TEST(Profile, ATypeIsABearerTokenUnlessItSaysOtherwise) {
  for (const std::string type : {"", R"("type":null,)", R"("type":"BEARER_TOKEN",)"}) {
    const auto profile = ParseProfile(R"({"shareCredentialsVersion":2,)" + type +
                                      R"("endpoint":"http://h/p","bearerToken":"t"})");
    ASSERT_TRUE(profile) << profile.error().message;
    EXPECT_EQ(profile->credential, Credential(BearerToken{"t"}));
  }
}

TEST(Profile, ReadsClientCredentials) {
  const auto profile = ParseProfile(
      R"({"shareCredentialsVersion":2,"type":"oauth_client_credentials","endpoint":"https://h/p",)"
      R"("tokenEndpoint":"https://idp/t?p=policy","clientId":"me","clientSecret":"s",)"
      R"("expirationTime":"not a time"})");
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->credential,
            Credential(ClientCredentials{"https://idp/t?p=policy", "me", "s", ""}));
  EXPECT_FALSE(profile->expiration_time_ms);
}

TEST(Profile, ReadsAPrivateKeyJwt) {
  const auto profile = ParseProfile(
      R"({"shareCredentialsVersion":2,"type":"oauth_jwt_bearer_private_key_jwt",)"
      R"("endpoint":"https://h/p","auth":{"tokenEndpoint":"https://idp/t/","issuer":"https://idp",)"
      R"("clientId":"me","audience":null,"scope":"a b","privateKey":{"privateKeyFile":"k.pem",)"
      R"("keyId":"1","algorithm":null}}})");
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->credential, Credential(PrivateKeyJwt{"https://idp/t", "https://idp", "me", "",
                                                          "a b", "k.pem", "1", "RS256"}));
}

TEST(Profile, ReadsUserAndPassword) {
  const auto profile = ParseProfile(
      R"({"shareCredentialsVersion":2,"type":"basic","endpoint":"https://h/p","username":"me",)"
      R"("password":""})");
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->credential, Credential(UserAndPassword{"me", ""}));
}

TEST(Profile, IsReadBackAsItWasWritten) {
  const Profile all[] = {
      {1, "https://h/p", BearerToken{"to\"k\\en"}, 1636675949000},
      {2, "https://h/p", BearerToken{"t"}},
      {2, "https://h/p", ClientCredentials{"https://idp/t", "me", "s\"", "a b"}},
      {2, "https://h/p", ClientCredentials{"https://idp/t", "me", "s", ""}},
      {2, "https://h/p", PrivateKeyJwt{"https://idp/t", "i", "me", "aud", "s", "k", "1", "ES256"}},
      {2, "https://h/p", PrivateKeyJwt{"https://idp/t", "i", "me", "", "", "k", "", "RS256"}},
      {2, "https://h/p", UserAndPassword{"me", "p:w"}},
  };
  for (const Profile& written : all) {
    const auto read = ParseProfile(FormatProfile(written));
    ASSERT_TRUE(read) << read.error().message << FormatProfile(written);
    EXPECT_EQ(read->share_credentials_version, written.share_credentials_version);
    EXPECT_EQ(read->endpoint, written.endpoint);
    EXPECT_EQ(read->credential, written.credential);
    EXPECT_EQ(read->expiration_time_ms, written.expiration_time_ms);
  }
}

struct Refused {
  std::string_view json;
  ErrorKind kind;
  std::string_view message;
};

class ProfileRefuses : public testing::TestWithParam<Refused> {};

TEST_P(ProfileRefuses, NamingTheFieldAndNoToken) {
  const auto profile = ParseProfile(GetParam().json);
  ASSERT_FALSE(profile) << GetParam().json;
  EXPECT_EQ(profile.error().kind, GetParam().kind) << profile.error().message;
  EXPECT_THAT(profile.error().message, HasSubstr(std::string(GetParam().message)));
  EXPECT_THAT(profile.error().message, Not(HasSubstr(std::string(kSecret))));
}

constexpr auto kArgument = ErrorKind::kInvalidArgument;
constexpr auto kUnsupported = ErrorKind::kUnsupported;

INSTANTIATE_TEST_SUITE_P(
    All, ProfileRefuses,
    testing::Values(
        Refused{"", ErrorKind::kMalformed, "not valid JSON"},
        Refused{"{\"bearerToken\": s3cr3t-token}", ErrorKind::kMalformed, "not valid JSON"},
        Refused{"[]", ErrorKind::kMalformed, "not a JSON object"},
        Refused{"{}", kArgument, "'shareCredentialsVersion' is missing"},
        Refused{R"({"shareCredentialsVersion":"one"})", kArgument, "'shareCredentialsVersion'"},
        Refused{R"({"shareCredentialsVersion":0})", kArgument, "'shareCredentialsVersion'"},
        Refused{R"({"shareCredentialsVersion":3,"bearerToken":"s3cr3t-token"})", kUnsupported,
                "versions 1 and 2"},
        Refused{R"({"shareCredentialsVersion":2,"type":"kerberos"})", kUnsupported,
                "'kerberos'; this program reads bearer_token, oauth_client_credentials, "},
        Refused{R"({"shareCredentialsVersion":2,"type":7})", kArgument, "'type'"},
        Refused{R"({"shareCredentialsVersion":1,"bearerToken":"s3cr3t-token"})", kArgument,
                "'endpoint' is missing"},
        Refused{R"({"shareCredentialsVersion":1,"endpoint":"h/p","bearerToken":"t"})", kArgument,
                "'endpoint'"},
        Refused{R"({"shareCredentialsVersion":1,"endpoint":"ftp://h","bearerToken":"t"})",
                kArgument, "'endpoint'"},
        Refused{R"({"shareCredentialsVersion":1,"endpoint":"http://u:s3cr3t-token@h"})", kArgument,
                "'endpoint'"},
        Refused{R"({"shareCredentialsVersion":1,"endpoint":"http://h/?a=1","bearerToken":"t"})",
                kArgument, "'endpoint'"},
        Refused{R"({"shareCredentialsVersion":1,"endpoint":"http://h"})", kArgument,
                "'bearerToken' is missing"},
        Refused{R"({"shareCredentialsVersion":1,"endpoint":"http://h","bearerToken":""})",
                kArgument, "'bearerToken' is empty"},
        Refused{
            R"({"shareCredentialsVersion":1,"endpoint":"http://h","bearerToken":"s3cr3t-token\r\n"})",
            kArgument, "'bearerToken'"},
        Refused{R"({"shareCredentialsVersion":1,"endpoint":"http://h","bearerToken":12})",
                kArgument, "'bearerToken'"},
        Refused{R"({"shareCredentialsVersion":1,"endpoint":"http://h","bearerToken":"t",)"
                R"("expirationTime":"soon"})",
                kArgument, "'expirationTime'"}));

/// A profile of a type, with some fields of its own.
std::string Typed(std::string_view type, std::string_view fields) {
  return R"({"shareCredentialsVersion":2,"endpoint":"http://h","type":")" + std::string(type) +
         "\"," + std::string(fields) + "}";
}

constexpr std::string_view kSecretClient = R"("clientSecret":"s3cr3t-token")";

TEST(Profile, FieldsOfOtherTypesAreNamedToo) {
  const struct {
    std::string json;
    std::string_view message;
  } cases[] = {
      {Typed("oauth_client_credentials", kSecretClient), "field 'tokenEndpoint' is missing"},
      {Typed("oauth_client_credentials", R"("tokenEndpoint":"idp",)" + std::string(kSecretClient)),
       "field 'tokenEndpoint' is no URL"},
      {Typed("oauth_client_credentials",
             R"("tokenEndpoint":"https://u:s3cr3t-token@idp/t","clientId":"me")"),
       "field 'tokenEndpoint'"},
      {Typed("oauth_client_credentials",
             R"("tokenEndpoint":"https://idp","clientId":"",)" + std::string(kSecretClient)),
       "field 'clientId' is empty"},
      {Typed("oauth_client_credentials", R"("tokenEndpoint":"https://idp","clientId":"me")"),
       "field 'clientSecret' is missing"},
      {Typed("oauth_client_credentials",
             R"("tokenEndpoint":"https://idp","clientId":"me","clientSecret":["s3cr3t-token"])"),
       "field 'clientSecret' must be a string"},
      {Typed("oauth_jwt_bearer_private_key_jwt", R"("issuer":"i")"), "field 'auth' is missing"},
      {Typed("oauth_jwt_bearer_private_key_jwt", R"("auth":{"tokenEndpoint":"https://idp"})"),
       "field 'auth': field 'issuer' is missing"},
      {Typed("oauth_jwt_bearer_private_key_jwt",
             R"("auth":{"tokenEndpoint":"https://idp","issuer":"i","clientId":"c",)"
             R"("privateKey":{"keyId":"s3cr3t-token"}})"),
       "field 'auth': field 'privateKey': field 'privateKeyFile' is missing"},
      {Typed("basic", R"("password":"s3cr3t-token")"), "field 'username' is missing"},
      {Typed("basic", R"("username":"a:s3cr3t-token","password":"")"),
       "field 'username' holds a colon"},
      {Typed("basic", R"("username":"me")"), "field 'password' is missing"},
      {Typed("basic", R"("username":"me","password":"s3cr3t-token\n")"),
       "field 'password' holds a control character"},
  };
  for (const auto& [json, message] : cases) {
    const auto profile = ParseProfile(json);
    ASSERT_FALSE(profile) << json;
    EXPECT_EQ(profile.error().kind, kArgument) << json;
    EXPECT_THAT(profile.error().message, HasSubstr(std::string(message)));
    EXPECT_THAT(profile.error().message, Not(HasSubstr(std::string(kSecret))));
  }
}

TEST(TableUrl, SplitsAtTheLastHash) {
  const auto url = ParseTableUrl("/a#b/p.share#my.share.schema.table");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->profile, "/a#b/p.share");
  EXPECT_EQ(url->table.share, "my.share");
  EXPECT_EQ(url->table.schema, "schema");
  EXPECT_EQ(url->table.table, "table");
}

TEST(TableUrl, RefusesOtherForms) {
  for (const std::string_view url : {"", "#a.b.c", "p", "p#", "p#a", "p#a.b", "p#.b.c", "p#a..c",
                                     "p#a.b.", "p#..", "p#.", "p#...", "p#a.b."}) {
    const auto parsed = ParseTableUrl(url);
    ASSERT_FALSE(parsed) << url;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalidArgument) << url;
  }
}

}  // namespace
}  // namespace sluice::protocol
