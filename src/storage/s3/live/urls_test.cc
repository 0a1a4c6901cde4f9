// What only stores of S3 have of URLs; the rest is in the suite of all signers.
#include <gmock/gmock.h>

#include <fstream>

#include "base/encoding.h"
#include "storage/s3/live/live_store.h"
#include "storage/url_signer_conformance.h"

namespace sluice::storage {
namespace {

class S3LiveUrls : public ::testing::Test {
 protected:
  std::unique_ptr<const UrlSigner> Signer(StoreOptions options = {}) const {
    const std::int64_t end = SystemClock().NowMillis() + 60'000;
    auto signer = live_.Open(std::move(options)).urls->SignerFor({"table", "recipient", end});
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
    return LiveStore::Fetch(request);
  }

  const LiveStore live_;
};

TEST_F(S3LiveUrls, BucketsCanBePartOfTheHost) {
  const std::string endpoint = Variable("SLUICE_S3_VIRTUAL_ENDPOINT");
  if (endpoint.empty()) GTEST_SKIP() << "SLUICE_S3_VIRTUAL_ENDPOINT is not set";
  const StoreOptions options = {{"endpoint", endpoint}, {"pathStyle", "false"}};
  live_.Put("a b", "bytes");
  const auto read = live_.Open(options).objects->Read("a b", 100);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)->ToString(), "bytes");
  EXPECT_EQ(live_.Open(options).objects->List("", "")->size(), 1U);
  const std::string url = UrlOf(*Signer(options), "a b");
  EXPECT_THAT(url, ::testing::StartsWith("http://" + live_.location().bucket + "."));
  EXPECT_EQ(Fetch(url).body, "bytes");
}

TEST_F(S3LiveUrls, KeysOfARoleSignToo) {
  const std::string sts = Variable("SLUICE_S3_STS");
  if (sts.empty()) GTEST_SKIP() << "SLUICE_S3_STS is not set: the store has no token service";
  const StoreOptions options = {{"stsEndpoint", sts}, {"roleArn", "arn:minio:iam:::role/any"}};
  live_.Put("object", "bytes");
  EXPECT_TRUE(live_.Open(options).objects->Read("object", 100));
  const std::string url = UrlOf(*Signer(options), "object");
  EXPECT_THAT(url, ::testing::HasSubstr("&X-Amz-Security-Token="));
  EXPECT_EQ(Fetch(url).body, "bytes");
}

/// For other programs to fetch: a line of JSON for each object in the file SLUICE_S3_URLS.
TEST_F(S3LiveUrls, AreWrittenForOtherPrograms) {
  const std::string path = Variable("SLUICE_S3_URLS");
  if (path.empty()) GTEST_SKIP() << "SLUICE_S3_URLS names no file";
  std::ofstream out(path);
  const auto signer = Signer();
  for (const std::string& key : KeysOfUrls()) {
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
