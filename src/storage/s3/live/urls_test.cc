// URLs that the store itself opens, or does not.
#include <gmock/gmock.h>

#include <fstream>
#include <vector>

#include "base/encoding.h"
#include "storage/s3/live/live_store.h"

namespace sluice::storage {
namespace {

const std::vector<std::string> kKeys = {
    "part-0.parquet", "a b+c&d=e/f%20g.parquet", "\xC3\xA9\xE2\x82\xAC/x~y_z'(1)*!.parquet",
    "k=2024-01-01 00%3A00%3A00/p;q,r@s:t$u[v]{w}|^`\"<>.parquet"};

class S3LiveUrls : public ::testing::Test {
 protected:
  static SigningScope ScopeOf(std::int64_t expires_at_ms) {
    return {"table", "recipient", expires_at_ms};
  }
  std::unique_ptr<const UrlSigner> Signer(const Clock& clock = SystemClock(),
                                          StoreOptions options = {}) const {
    auto signer =
        live_.Open(std::move(options), clock).urls->SignerFor(ScopeOf(clock.NowMillis() + 60'000));
    EXPECT_TRUE(signer) << signer.error().message;
    return std::move(*signer);
  }
  static std::string UrlOf(const UrlSigner& signer, const std::string& key) {
    std::string url;
    const auto appended = signer.AppendUrl(key, &url);
    EXPECT_TRUE(appended) << appended.error().message;
    return url;
  }
  static net::HttpResponse Fetch(const std::string& url) {
    net::HttpRequest request;
    request.url = url;
    auto answer = LiveStore::Client().Send(request);
    EXPECT_TRUE(answer) << answer.error().message;
    return *answer;
  }

  const LiveStore live_;
};

TEST_F(S3LiveUrls, OpenObjectsOfAnyName) {
  const auto signer = Signer();
  for (const std::string& key : kKeys) {
    live_.Put(key, "bytes of " + key);
    const auto answer = Fetch(UrlOf(*signer, key));
    EXPECT_EQ(answer.status, 200) << key << ": " << answer.body;
    EXPECT_EQ(answer.body, "bytes of " + key);
  }
}

TEST_F(S3LiveUrls, WhatIsChangedIsRefused) {
  live_.Put("mine", "bytes");
  live_.Put("other", "bytes");
  const std::string url = UrlOf(*Signer(), "mine");
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string out = url;
    const auto at = out.rfind(from);
    EXPECT_NE(at, std::string::npos) << from;
    out.replace(at, from.size(), to);
    return Fetch(out).status;
  };
  EXPECT_EQ(Fetch(url).status, 200);
  EXPECT_EQ(changed("/mine?", "/other?"), 403);
  EXPECT_EQ(changed("&X-Amz-Expires=", "&X-Amz-Expires=1"), 403);
  EXPECT_EQ(changed(url.substr(url.size() - 4), url.ends_with("0000") ? "1111" : "0000"), 403);
}

TEST_F(S3LiveUrls, WhatHasExpiredIsRefused) {
  live_.Put("object", "bytes");
  const ShiftedClock an_hour_ago(-3'600'000);
  EXPECT_EQ(Fetch(UrlOf(*Signer(an_hour_ago), "object")).status, 403);
}

TEST_F(S3LiveUrls, RootsAreOtherPlacesOfTheStore) {
  const LiveStore other(Variable("SLUICE_S3_OTHER_BUCKET"));
  if (!other.there()) return;
  other.Put("a b", "elsewhere");
  const auto signer = Signer()->AtRoot(other.location().Text());
  EXPECT_EQ(Fetch(UrlOf(*signer, "a b")).body, "elsewhere");
}

TEST_F(S3LiveUrls, BucketsCanBePartOfTheHost) {
  const std::string endpoint = Variable("SLUICE_S3_VIRTUAL_ENDPOINT");
  if (endpoint.empty()) GTEST_SKIP() << "SLUICE_S3_VIRTUAL_ENDPOINT is not set";
  const StoreOptions options = {{"endpoint", endpoint}, {"pathStyle", "false"}};
  live_.Put("a b", "bytes");
  const auto read = live_.Open(options).objects->Read("a b", 100);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)->ToString(), "bytes");
  EXPECT_EQ(live_.Open(options).objects->List("", "")->size(), 1U);
  const std::string url = UrlOf(*Signer(SystemClock(), options), "a b");
  EXPECT_THAT(url, ::testing::StartsWith("http://" + live_.location().bucket + "."));
  EXPECT_EQ(Fetch(url).body, "bytes");
}

TEST_F(S3LiveUrls, KeysOfARoleSignToo) {
  const std::string sts = Variable("SLUICE_S3_STS");
  if (sts.empty()) GTEST_SKIP() << "SLUICE_S3_STS is not set: the store has no token service";
  const StoreOptions options = {{"stsEndpoint", sts}, {"roleArn", "arn:minio:iam:::role/any"}};
  live_.Put("object", "bytes");
  EXPECT_TRUE(live_.Open(options).objects->Read("object", 100));
  const std::string url = UrlOf(*Signer(SystemClock(), options), "object");
  EXPECT_THAT(url, ::testing::HasSubstr("&X-Amz-Security-Token="));
  EXPECT_EQ(Fetch(url).body, "bytes");
}

/// For other programs to fetch: a line of JSON for each object in the file SLUICE_S3_URLS.
TEST_F(S3LiveUrls, AreWrittenForOtherPrograms) {
  const std::string path = Variable("SLUICE_S3_URLS");
  if (path.empty()) GTEST_SKIP() << "SLUICE_S3_URLS names no file";
  std::ofstream out(path);
  const auto signer = Signer();
  for (const std::string& key : kKeys) {
    live_.Put(key, "bytes of " + key);
    std::string line = "{\"url\": ";
    AppendJsonString(UrlOf(*signer, key), &line);
    line += ", \"body\": ";
    AppendJsonString("bytes of " + key, &line);
    out << line << "}\n";
  }
}

}  // namespace
}  // namespace sluice::storage
