#include "storage/gcs/gcs_options.h"

#include <gmock/gmock.h>

#include "storage/gcs/gcs_test_support.h"

namespace sluice::storage {
namespace {

using ::testing::HasSubstr;

class GcsOptionsTest : public ::testing::Test {
 protected:
  GcsOptions Parse(const StoreOptions& options) {
    auto parsed = ParseGcsOptions(options, machine_.here);
    EXPECT_TRUE(parsed) << parsed.error().message;
    return parsed.value_or(GcsOptions{});
  }
  std::string Refusal(const StoreOptions& options) {
    const auto parsed = ParseGcsOptions(options, machine_.here);
    if (parsed) return "";
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalidArgument);
    return parsed.error().message;
  }

  SetClock clock_{0};
  TestMachine machine_{clock_};
};

TEST_F(GcsOptionsTest, WithoutAnyItIsGoogle) {
  const auto options = Parse({});
  EXPECT_EQ(options.endpoint, "https://storage.googleapis.com");
  EXPECT_EQ(options.iam_endpoint, "https://iamcredentials.googleapis.com");
  EXPECT_EQ(options.sts_endpoint, "https://sts.googleapis.com");
  EXPECT_FALSE(options.anonymous);
}

TEST_F(GcsOptionsTest, AnEmulatorOfTheEnvironmentIsAskedAnonymously) {
  machine_.variables["STORAGE_EMULATOR_HOST"] = "localhost:4443";
  EXPECT_EQ(Parse({}).endpoint, "http://localhost:4443");
  EXPECT_TRUE(Parse({}).anonymous);
  machine_.variables["STORAGE_EMULATOR_HOST"] = "https://emulator:1/";
  EXPECT_EQ(Parse({}).endpoint, "https://emulator:1");
  EXPECT_FALSE(Parse({{"anonymous", "false"}}).anonymous);
  EXPECT_FALSE(Parse({{"credentials", "{}"}}).anonymous);
  EXPECT_FALSE(Parse({{"endpoint", "https://other"}}).anonymous);
  EXPECT_EQ(Parse({{"endpoint", "https://other"}}).endpoint, "https://other");
  EXPECT_EQ(Parse({{"endpoint", "https://other"}}).public_endpoint, "https://other");
  EXPECT_EQ(Parse({{"publicEndpoint", "https://out"}}).public_endpoint, "https://out");
}

TEST_F(GcsOptionsTest, WhatContradictsIsRefusedByName) {
  EXPECT_THAT(Refusal({{"hmacKeyId", "G"}}), HasSubstr("hmacKeyId and hmacSecret"));
  EXPECT_THAT(Refusal({{"hmacSecret", "s"}}), HasSubstr("hmacKeyId and hmacSecret"));
  EXPECT_THAT(Refusal({{"anonymous", "true"}, {"credentials", "{}"}}), HasSubstr("anonymous"));
  EXPECT_THAT(Refusal({{"anonymous", "yes"}}), HasSubstr("anonymous is true or false"));
  EXPECT_THAT(Refusal({{"bucket", "b"}}), HasSubstr("there is no option 'bucket'; there are anon"));
  for (const char* account : {"me", "a@b/c", "a@b?d", "a@b:x y"}) {
    EXPECT_THAT(Refusal({{"impersonateServiceAccount", account}}),
                HasSubstr("impersonateServiceAccount"))
        << account;
  }
}

}  // namespace
}  // namespace sluice::storage
