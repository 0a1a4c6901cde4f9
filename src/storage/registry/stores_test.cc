#include "storage/registry/stores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::storage {
namespace {

using ::testing::HasSubstr;

Surroundings Nowhere() {
  Surroundings here;
  here.variable = [](const char*) { return std::string(); };
  return here;
}

Result<std::shared_ptr<const Stores>> Make(std::vector<StoreRule> rules) {
  return Stores::Make(std::move(rules), Nowhere());
}

Location At(std::string_view text) {
  return ParseLocation(text).value();
}

TEST(Stores, AFolderOfThisMachineNeedsNoRule) {
  const auto stores = Make({}).value();
  const auto ports = stores->Open(At("/"));
  ASSERT_TRUE(ports) << ports.error().message;
  EXPECT_EQ(ports->objects->Describe(), "/");
  EXPECT_EQ(ports->urls, nullptr);
  EXPECT_EQ(ports->credentials, nullptr);
  EXPECT_EQ(stores->Open(At("/no/such/folder")).error().kind, ErrorKind::kNotFound);
}

TEST(Stores, AllKindsAreOpenedByTheirLocation) {
  const auto stores = Make({{"s3://", {{"region", "eu-west-1"}}, {}}}).value();
  for (const char* text :
       {"s3://bucket/t", "gs://bucket/t", "abfss://box@acct.dfs.core.windows.net/t"}) {
    const auto ports = stores->Open(At(text));
    ASSERT_TRUE(ports) << ports.error().message;
    EXPECT_EQ(ports->objects->Describe(), text);
  }
}

TEST(Stores, TheLongestPrefixWins) {
  const auto stores = Make({{"s3://bucket/private", {}, false},
                            {"s3://", {}, true},
                            {"gs://bucket", {}, true},
                            {"abfss://@acct.dfs.core.windows.net", {}, true},
                            {"abfss://box@acct.dfs.core.windows.net", {}, false}})
                          .value();
  EXPECT_TRUE(stores->DirectoryAccess(At("s3a://bucket/x")));
  EXPECT_TRUE(stores->DirectoryAccess(At("s3://bucket/privateer")));
  EXPECT_FALSE(stores->DirectoryAccess(At("s3://bucket/private")));
  EXPECT_FALSE(stores->DirectoryAccess(At("s3://bucket/private/t")));
  EXPECT_TRUE(stores->DirectoryAccess(At("gs://bucket/t")));
  EXPECT_FALSE(stores->DirectoryAccess(At("gs://other/t")));
  EXPECT_FALSE(stores->DirectoryAccess(At("/bucket")));
  EXPECT_TRUE(stores->DirectoryAccess(At("wasbs://any@acct.blob.core.windows.net/t")));
  EXPECT_FALSE(stores->DirectoryAccess(At("abfss://box@acct.dfs.core.windows.net/t")));
  EXPECT_FALSE(stores->DirectoryAccess(At("abfss://any@other.dfs.core.windows.net/t")));
}

TEST(Stores, WhatIsWrongIsToldWithItsPrefix) {
  const auto error = [](std::vector<StoreRule> rules) {
    return Make(std::move(rules)).error().message;
  };
  EXPECT_THAT(error({{"s3://bucket", {{"regoin", "x"}}, {}}}), HasSubstr("s3://bucket: "));
  EXPECT_THAT(error({{"s3://bucket", {{"regoin", "x"}}, {}}}), HasSubstr("regoin"));
  EXPECT_THAT(error({{"hdfs://", {}, {}}}), HasSubstr("hdfs://"));
  EXPECT_THAT(error({{"/data", {}, {}}}), HasSubstr("/data"));
  EXPECT_THAT(error({{"s3://a/b", {}, {}}, {"s3a://a/b/", {}, {}}}), HasSubstr("two rules"));
}

}  // namespace
}  // namespace sluice::storage
