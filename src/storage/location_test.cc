#include "storage/location.h"

#include <gtest/gtest.h>

namespace sluice::storage {
namespace {

std::string TextOf(std::string_view text) {
  const auto location = ParseLocation(text);
  return location ? location->Text() : std::string(KindName(location.error().kind));
}

TEST(Location, EverySpellingOfAPlaceIsOne) {
  EXPECT_EQ(TextOf("/data/sales"), "/data/sales");
  EXPECT_EQ(TextOf("file:///data/a%20b"), "/data/a b");
  EXPECT_EQ(TextOf("file:/data"), "/data");
  EXPECT_EQ(TextOf("file://localhost/data"), "/data");
  for (const char* text : {"s3://bucket/a/b", "s3a://bucket/a/b/", "S3N://bucket//a/b"}) {
    EXPECT_EQ(TextOf(text), "s3://bucket/a/b") << text;
  }
  EXPECT_EQ(TextOf("s3://bucket"), "s3://bucket");
  EXPECT_EQ(TextOf("gs://b_1.x/a b%20c"), "gs://b_1.x/a b%20c");
  EXPECT_EQ(TextOf("gcs://b/a"), "gs://b/a");
  EXPECT_EQ(TextOf("abfss://box@acct.dfs.core.windows.net/a"),
            "abfss://box@acct.dfs.core.windows.net/a");
  EXPECT_EQ(TextOf("wasbs://box@Acct.blob.core.windows.net/a"),
            "abfss://box@acct.dfs.core.windows.net/a");
  EXPECT_EQ(TextOf("az://box/a"), "az://box/a");
}

TEST(Location, HasItsParts) {
  const auto place = ParseLocation("abfs://box@acct.localhost:10000/a/b");
  ASSERT_TRUE(place) << place.error().message;
  EXPECT_EQ(place->kind, StoreKind::kAzure);
  EXPECT_EQ(place->bucket, "box");
  EXPECT_EQ(place->account, "acct");
  EXPECT_EQ(place->host, "acct.localhost:10000");
  EXPECT_EQ(place->folder, "a/b");
  EXPECT_EQ(FolderPrefix(place->folder), "a/b/");
  EXPECT_EQ(FolderPrefix(""), "");
}

TEST(Location, WhatIsNoPlaceIsRefused) {
  for (const char* text :
       {"", "relative/path", "s3:/bucket/a", "s3://", "s3:///a", "s3://bucket/../a", "s3://b/a//b",
        "s3://us er@bucket/a", "s3://buc?ket/a", "gs://b#x/a", "abfss://container/a",
        "abfss://@acct.x/a", "abfss://c@/a", "file://other/data", "file:relative", "file:///a%00b",
        "://x", "s3://key:secret@bucket/a"}) {
    EXPECT_EQ(TextOf(text), "invalid_argument") << text;
  }
  EXPECT_EQ(TextOf("hdfs://name/a"), "unsupported");
  EXPECT_EQ(TextOf("https://host/a"), "unsupported");
}

}  // namespace
}  // namespace sluice::storage
