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
  EXPECT_EQ(profile->bearer_token, "t");
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

TEST(Profile, IsReadBackAsItWasWritten) {
  for (const int version : {1, 2}) {
    const Profile written{version, "https://h/p", "to\"k\\en", 1636675949000};
    const auto read = ParseProfile(FormatProfile(written));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->share_credentials_version, version);
    EXPECT_EQ(read->endpoint, written.endpoint);
    EXPECT_EQ(read->bearer_token, written.bearer_token);
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
        Refused{R"({"shareCredentialsVersion":2,"type":"oauth_client_credentials"})", kUnsupported,
                "oauth_client_credentials"},
        Refused{R"({"shareCredentialsVersion":2,"type":"s3cr3t-token"})", kUnsupported, "'type'"},
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
