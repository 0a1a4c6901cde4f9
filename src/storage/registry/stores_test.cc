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

TEST(Stores, WhatIsKeptWithALocationWinsOverRules) {
  const auto stores =
      Make({{"s3://", {{"region", "eu-west-1"}, {"anonymous", "true"}}, true}}).value();
  const auto url_of = [&](const StoreOptions& own) {
    const auto ports = stores->Open(At("s3://bucket/t"), own).value();
    std::string url;
    EXPECT_TRUE(ports.urls->SignerFor({}).value()->AppendUrl("f", &url));
    return url;
  };
  EXPECT_EQ(url_of({}), "https://bucket.s3.eu-west-1.amazonaws.com/t/f");
  EXPECT_EQ(url_of({{"region", "us-west-2"}}), "https://bucket.s3.us-west-2.amazonaws.com/t/f");
  EXPECT_EQ(url_of({}), "https://bucket.s3.eu-west-1.amazonaws.com/t/f");
  EXPECT_THAT(stores->Open(At("s3://bucket/t"), {{"regoin", "x"}}).error().message,
              HasSubstr("regoin"));
  EXPECT_TRUE(stores->DirectoryAccess(At("s3://bucket/t"), {{"region", "us-west-2"}}));
  EXPECT_FALSE(stores->DirectoryAccess(At("s3://bucket/t"), {{"directoryAccess", "false"}}));
  EXPECT_TRUE(stores->Open(At("s3://bucket/t"), {{"directoryAccess", "false"}}));
}

TEST(Stores, SecretsAreNotKept) {
  const auto check = [](std::string_view location, const StoreOptions& own) {
    const auto done = CheckKeptOptions(At(location), own, Nowhere());
    return done ? std::string("kept") : done.error().message;
  };
  EXPECT_EQ(check("s3://b/t", {{"region", "us-west-2"}, {"directoryAccess", "true"}}), "kept");
  EXPECT_EQ(check("gs://b/t", {{"anonymous", "true"}}), "kept");
  for (const auto& [location, name] : std::vector<std::pair<std::string, std::string>>{
           {"s3://b/t", "secretAccessKey"},
           {"s3://b/t", "sessionToken"},
           {"abfss://b@acct.dfs.core.windows.net/t", "accountKey"},
           {"abfss://b@acct.dfs.core.windows.net/t", "sasToken"},
           {"abfss://b@acct.dfs.core.windows.net/t", "connectionString"},
           {"abfss://b@acct.dfs.core.windows.net/t", "clientSecret"},
           {"gs://b/t", "credentials"},
           {"gs://b/t", "hmacSecret"}}) {
    const std::string message = check(location, {{name, "hidden"}});
    EXPECT_THAT(message, HasSubstr(name + "File"));
    EXPECT_EQ(message.find("hidden"), std::string::npos);
    // The file is one of the options: it is looked for.
    EXPECT_THAT(check(location, {{name + "File", "/no/such/file"}}), HasSubstr("/no/such/file"));
  }
  EXPECT_THAT(check("s3://b/t", {{"regoin", "x"}}), HasSubstr("regoin"));
  EXPECT_THAT(check("s3://b/t", {{"directoryAccess", "yes"}}), HasSubstr("directoryAccess"));
  EXPECT_THAT(check("/data/t", {{"region", "x"}}), HasSubstr("have no options"));
}

}  // namespace
}  // namespace sluice::storage
