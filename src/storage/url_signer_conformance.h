// What every UrlSigner must do, as a typed suite, with URLs that are fetched from a running store.
// A test names a fixture type with
//
//   void Put(key, bytes), void PutElsewhere(key, bytes);  // in the folder; below Elsewhere()
//   std::string Elsewhere();                              // a root for AtRoot
//   std::unique_ptr<const UrlSigner> Signer(life_ms, ago_ms);  // made so long ago, for so long
//   std::unique_ptr<const UrlSigner> SignerEndingWith(end_ms); // its credential ends then; null
//                                                              // where credentials have no end
//   net::HttpResponse Fetch(const net::HttpRequest&);
//   static constexpr std::pair kLaterEnd;           // what of a URL to change into a later end
//   static constexpr const char* kSignature;        // what stands before a URL's signature
//
// and says INSTANTIATE_TYPED_TEST_SUITE_P(S3, UrlSignerConformance, S3Urls);
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "net/http_client.h"
#include "storage/url_signer.h"

namespace sluice::storage {

/// Names of objects that are easily spelled wrongly in a URL.
inline const std::vector<std::string>& KeysOfUrls() {
  static const std::vector<std::string> keys = {
      "part-0.parquet", "a b+c&d=e/f%20g.parquet", "\xC3\xA9\xE2\x82\xAC/x~y_z'(1)*!.parquet",
      "k=2024-01-01 00%3A00%3A00/p;q,r@s:t$u[v]{w}|^`\"<>.parquet", "what?#is/%/it%2F.parquet"};
  return keys;
}

template <typename Fixture>
class UrlSignerConformance : public ::testing::Test {
 protected:
  static constexpr std::int64_t kMinute = 60'000;

  std::string Url(std::string_view key) { return Url(*fixture_.Signer(kMinute, 0), key); }
  static std::string Url(const UrlSigner& signer, std::string_view key) {
    std::string url;
    const auto appended = signer.AppendUrl(key, &url);
    EXPECT_TRUE(appended) << key << ": " << appended.error().message;
    return url;
  }
  net::HttpResponse Fetch(const std::string& url, const char* method = "GET") {
    net::HttpRequest request;
    request.method = method;
    request.url = url;
    if (request.method == "PUT") request.body = "changed";
    return fixture_.Fetch(request);
  }
  int StatusOf(const std::string& url) { return Fetch(url).status; }
  static std::string Changed(std::string url, std::string_view from, std::string_view to) {
    const auto at = url.rfind(from);
    EXPECT_NE(at, std::string::npos) << from;
    return url.replace(at, from.size(), to);
  }

  Fixture fixture_;
};

TYPED_TEST_SUITE_P(UrlSignerConformance);

TYPED_TEST_P(UrlSignerConformance, OpensObjectsOfAnyName) {
  const auto signer = this->fixture_.Signer(this->kMinute, 0);
  for (const std::string& key : KeysOfUrls()) {
    this->fixture_.Put(key, "bytes of " + key);
    const auto answer = this->Fetch(this->Url(*signer, key));
    EXPECT_EQ(answer.status, 200) << key << ": " << answer.body;
    EXPECT_EQ(answer.body, "bytes of " + key);
  }
}

TYPED_TEST_P(UrlSignerConformance, OpensRangesOfObjects) {
  const std::string bytes("01234567\0\xFF", 10);
  this->fixture_.Put("object", bytes);
  net::HttpRequest request;
  request.url = this->Url("object");
  for (const auto& [first, last] : {std::pair(0, 0), {3, 6}, {8, 9}, {0, 9}}) {
    request.range = {first, last};
    const auto answer = this->fixture_.Fetch(request);
    EXPECT_EQ(answer.status, 206) << first << "-" << last;
    EXPECT_EQ(answer.body, bytes.substr(first, last - first + 1));
  }
}

TYPED_TEST_P(UrlSignerConformance, OpensNothingElse) {
  this->fixture_.Put("mine", "bytes");
  this->fixture_.Put("other", "bytes");
  const std::string url = this->Url("mine");
  EXPECT_EQ(this->StatusOf(url), 200);
  EXPECT_EQ(this->StatusOf(this->Changed(url, "/mine?", "/other?")), 403);
  const auto& [end, later] = TypeParam::kLaterEnd;
  EXPECT_EQ(this->StatusOf(this->Changed(url, end, later)), 403);
  EXPECT_EQ(this->StatusOf(url.substr(0, url.find('?'))) / 100, 4);
  const std::size_t at = url.rfind(TypeParam::kSignature);
  ASSERT_NE(at, std::string::npos);
  std::string forged = url;
  char& digit = forged[at + std::string_view(TypeParam::kSignature).size()];
  digit = digit == '0' ? '1' : '0';
  EXPECT_EQ(this->StatusOf(forged), 403);
}

TYPED_TEST_P(UrlSignerConformance, IsForReadingAlone) {
  this->fixture_.Put("object", "bytes");
  const std::string url = this->Url("object");
  for (const char* method : {"PUT", "POST", "DELETE"}) {
    EXPECT_EQ(this->Fetch(url, method).status / 100, 4) << method;
  }
  EXPECT_EQ(this->Fetch(url).body, "bytes");
}

TYPED_TEST_P(UrlSignerConformance, EndsWhenItSays) {
  this->fixture_.Put("object", "bytes");
  const std::int64_t asked = SystemClock().NowMillis() + this->kMinute;
  const auto signer = this->fixture_.Signer(this->kMinute, 0);
  EXPECT_GE(signer->scope().expires_at_ms, asked - 2'000);
  EXPECT_LE(signer->scope().expires_at_ms, SystemClock().NowMillis() + this->kMinute);
  const std::int64_t hour = 60 * this->kMinute;
  const auto long_ago = this->fixture_.Signer(this->kMinute, hour);
  EXPECT_LE(long_ago->scope().expires_at_ms, SystemClock().NowMillis() - 59 * this->kMinute);
  EXPECT_EQ(this->StatusOf(this->Url(*long_ago, "object")), 403);
  const auto lasting = this->fixture_.Signer(hour + 5 * this->kMinute, hour);
  EXPECT_EQ(this->StatusOf(this->Url(*lasting, "object")), 200);
}

TYPED_TEST_P(UrlSignerConformance, OutlivesNoCredential) {
  const std::int64_t end = SystemClock().NowMillis() + 20 * this->kMinute;
  const auto signer = this->fixture_.SignerEndingWith(end);
  if (signer == nullptr) GTEST_SKIP() << "what signs here has no end";
  EXPECT_LE(signer->scope().expires_at_ms, end);
  EXPECT_GE(signer->scope().expires_at_ms, end - 2'000);
  this->fixture_.Put("object", "bytes");
  EXPECT_EQ(this->StatusOf(this->Url(*signer, "object")), 200);
}

TYPED_TEST_P(UrlSignerConformance, RootsAreOtherPlacesOfTheStore) {
  this->fixture_.Put("a b", "here");
  this->fixture_.PutElsewhere("a b", "elsewhere");
  const auto signer = this->fixture_.Signer(this->kMinute, 0);
  const auto other = signer->AtRoot(this->fixture_.Elsewhere());
  EXPECT_EQ(other->scope().expires_at_ms, signer->scope().expires_at_ms);
  EXPECT_EQ(this->Fetch(this->Url(*other, "a b")).body, "elsewhere");
  EXPECT_EQ(this->Fetch(this->Url(*other->AtRoot(""), "a b")).body, "here");
}

TYPED_TEST_P(UrlSignerConformance, WhatIsNoKeyLeavesTheTextAsItWas) {
  const auto signer = this->fixture_.Signer(this->kMinute, 0);
  for (const char* key : {"", "/", "/a", "a/", "a//b", "a/../b", "..", "./a", "\xFFx"}) {
    std::string out = "before";
    const auto appended = signer->AppendUrl(key, &out);
    ASSERT_FALSE(appended) << key;
    EXPECT_EQ(appended.error().kind, ErrorKind::kInvalidArgument) << key;
    EXPECT_EQ(out, "before");
  }
}

TYPED_TEST_P(UrlSignerConformance, AnyThreadAtOnce) {
  const auto signer = this->fixture_.Signer(this->kMinute, 0);
  const std::string once = this->Url(*signer, "a/b c");
  std::atomic<int> same{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) same += this->Url(*signer, "a/b c") == once ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(same, 80);
}

REGISTER_TYPED_TEST_SUITE_P(UrlSignerConformance, OpensObjectsOfAnyName, OpensRangesOfObjects,
                            OpensNothingElse, IsForReadingAlone, EndsWhenItSays,
                            OutlivesNoCredential, RootsAreOtherPlacesOfTheStore,
                            WhatIsNoKeyLeavesTheTextAsItWas, AnyThreadAtOnce);

}  // namespace sluice::storage
