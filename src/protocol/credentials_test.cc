#include "protocol/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/ndjson_writer.h"
#include "protocol/request.h"

namespace sluice::protocol {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kAws =
    R"("awsTempCredentials":{"accessKeyId":"A","secretAccessKey":"S3CRET","sessionToken":"T"})";

std::string Answer(const std::string& location, const std::string& rest,
                   const std::string& end = "1700000000000") {
  return R"({"credentials":{"location":")" + location + R"(",)" + rest + R"(,"expirationTime":)" +
         end + "}}";
}

TEST(Credentials, WhatOneSideWritesTheOtherReads) {
  const std::vector<TemporaryCredentials> all = {
      {"s3://bucket/a \"b\"",
       "awsTempCredentials",
       {{"accessKeyId", "A"}, {"secretAccessKey", "s/+\""}, {"sessionToken", "T"}},
       1'700'000'000'000},
      {"abfss://c@acct.dfs.core.windows.net/t",
       "azureUserDelegationSas",
       {{"sasToken", "sv=1&sig=x%3D"}},
       5},
      {"gs://bucket/t", "gcpOauthToken", {{"oauthToken", "ya29.x"}}, 7},
  };
  for (const TemporaryCredentials& given : all) {
    const auto read = ParseCredentials(FormatCredentials(given));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->location, given.location);
    EXPECT_EQ(read->kind, given.kind);
    EXPECT_EQ(read->fields, given.fields);
    EXPECT_EQ(read->expiration_ms, given.expiration_ms);
  }
}

TEST(Credentials, FieldsThatNobodyKnowsPass) {
  const auto read = ParseCredentials(
      R"({"credentials":{"location":"S3A://b/t","awsTempCredentials":{"accessKeyId":"A",)"
      R"("secretAccessKey":"S","sessionToken":"T","accessPoint":"arn"},"gcpOauthToken":null,)"
      R"("expirationTime":"12","url":1},"more":{}})");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->fields.size(), 3U);
  EXPECT_EQ(read->expiration_ms, 12);
}

TEST(Credentials, WhatIsWrongIsNamedWithoutAValue) {
  const std::string gcp = R"("gcpOauthToken":{"oauthToken":"S3CRET"})";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "not valid JSON"},
      {"[]", "not a JSON object"},
      {"{}", "'credentials' is missing"},
      {R"({"credentials":7})", "'credentials' must be an object"},
      {R"({"credentials":{"expirationTime":1}})", "'location' is missing"},
      {Answer("s3://b/t", kAws, "\"soon\""), "'expirationTime'"},
      {Answer("s3://b/t", kAws, "0"), "'expirationTime' is out of range"},
      {Answer("s3://b/t", "\"x\":1"), "none of the fields 'awsTempCredentials'"},
      {Answer("s3://b/t", std::string(kAws) + "," + gcp), "are both there"},
      {Answer("gs://b/t", kAws), "'location' is in no store that 'awsTempCredentials' opens"},
      {Answer("s3://b/t", gcp), "'location' is in no store that 'gcpOauthToken' opens"},
      {Answer("file:///etc", kAws), "'location' is in no store"},
      {Answer("/etc", kAws), "'location' is in no store"},
      {Answer("s3", kAws), "'location' is in no store"},
      {Answer("", kAws), "'location' is in no store"},
      {Answer("s3://b/t", R"("awsTempCredentials":"S3CRET")"), "'awsTempCredentials' must be"},
      {Answer("s3://b/t", R"("awsTempCredentials":{"accessKeyId":"S3CRET"})"),
       "'secretAccessKey' is missing"},
      {Answer("s3://b/t", R"("awsTempCredentials":{"accessKeyId":""})"), "'accessKeyId' is empty"},
      {Answer("s3://b/t", R"("awsTempCredentials":{"accessKeyId":{"S3CRET":1}})"),
       "'accessKeyId' must be a string"},
      {Answer("gs://b/t",
              R"("gcpOauthToken":{"oauthToken":")" + std::string(70'000, 'x') + R"("})"),
       "'oauthToken' is too long"},
  };
  for (const auto& [body, expected] : cases) {
    const auto read = ParseCredentials(body);
    ASSERT_FALSE(read) << body;
    EXPECT_EQ(read.error().kind, ErrorKind::kMalformed);
    EXPECT_THAT(read.error().message, HasSubstr(expected)) << body;
    EXPECT_THAT(read.error().message, Not(HasSubstr("S3CRET")));
  }
  EXPECT_EQ(ParseCredentials(std::string(2 << 20, ' ')).error().kind, ErrorKind::kTooLarge);
}

TEST(Credentials, ARequestIsReadAsItWasWritten) {
  EXPECT_EQ(FormatCredentialsRequest({}), "{}");
  const auto read = ParseCredentialsRequest(FormatCredentialsRequest({"s3://b/\"x\""}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->location, "s3://b/\"x\"");
}

}  // namespace
}  // namespace sluice::protocol
