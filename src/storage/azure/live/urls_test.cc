// URLs that the store itself opens, or does not.
#include <gmock/gmock.h>

#include <fstream>
#include <vector>

#include "storage/azure/live/live_store.h"

namespace sluice::storage {
namespace {

const std::vector<std::string> kKeys = {
    "part-0.parquet", "a b+c&d=e/f%20g.parquet", "\xC3\xA9\xE2\x82\xAC/x~y_z'(1)*!.parquet",
    "k=2024-01-01 00%3A00%3A00/p;q,r@s:t$u[v]{w}|^`\"<>.parquet"};

class AzureLiveUrls : public ::testing::Test {
 protected:
  std::unique_ptr<const UrlSigner> Signer(std::int64_t life_ms = 60'000) const {
    return From(live_.ports(), life_ms);
  }
  static std::unique_ptr<const UrlSigner> From(const Ports& ports, std::int64_t life_ms = 60'000) {
    auto signer =
        ports.urls->SignerFor({"table", "recipient", SystemClock().NowMillis() + life_ms});
    EXPECT_TRUE(signer) << signer.error().message;
    return signer ? std::move(*signer) : nullptr;
  }
  static std::string UrlOf(const UrlSigner& signer, const std::string& key) {
    std::string url;
    const auto appended = signer.AppendUrl(key, &url);
    EXPECT_TRUE(appended) << appended.error().message;
    return url;
  }

  const LiveStore live_;
};

TEST_F(AzureLiveUrls, OpenObjectsOfAnyName) {
  const auto signer = Signer();
  for (const std::string& key : kKeys) {
    live_.Put(key, "bytes of " + key);
    const auto answer = live_.Fetch(UrlOf(*signer, key));
    EXPECT_EQ(answer.status, 200) << key << ": " << answer.body;
    EXPECT_EQ(answer.body, "bytes of " + key);
  }
}

TEST_F(AzureLiveUrls, WhatIsChangedIsRefused) {
  live_.Put("mine", "bytes");
  live_.Put("other", "bytes");
  const std::string url = UrlOf(*Signer(), "mine");
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string out = url;
    const auto at = out.rfind(from);
    EXPECT_NE(at, std::string::npos) << from;
    out.replace(at, from.size(), to);
    return live_.Fetch(out).status;
  };
  EXPECT_EQ(live_.Fetch(url).status, 200);
  EXPECT_EQ(changed("/mine?", "/other?"), 403);
  EXPECT_EQ(changed("se=20", "se=21"), 403);
  EXPECT_EQ(changed("sp=r&", "sp=rw&"), 403);
  EXPECT_EQ(changed("sig=", "sig=AAAA"), 403);
}

TEST_F(AzureLiveUrls, WhatHasExpiredIsRefused) {
  live_.Put("object", "bytes");
  EXPECT_EQ(live_.Fetch(UrlOf(*Signer(-60'000), "object")).status, 403);
}

TEST_F(AzureLiveUrls, RootsAreOtherPlacesOfTheAccount) {
  const LiveStore other("second");
  if (!other.there()) return;
  other.Put("a b", "elsewhere");
  const auto signer = Signer();
  EXPECT_EQ(live_.Fetch(UrlOf(*signer->AtRoot(other.location().Text()), "a b")).body, "elsewhere");
}

TEST_F(AzureLiveUrls, AGivenSasIsPassedOnWhereThatIsAllowed) {
  live_.Put("object", "bytes");
  // Of the container, made by the vendor of a folder that is one.
  Location whole = live_.location();
  whole.folder.clear();
  const auto backend = MakeAzure({{"endpoint", live_.endpoint()},
                                  {"account", Variable("SLUICE_AZURE_ACCOUNT")},
                                  {"caFile", Variable("SLUICE_AZURE_CA")},
                                  {"accountKey", Variable("SLUICE_AZURE_KEY")}},
                                 LiveStore::Nothing());
  ASSERT_TRUE(backend) << backend.error().message;
  const auto vended = (*backend)->Open(whole)->credentials->Vend(60'000);
  ASSERT_TRUE(vended) << vended.error().message;
  const std::string sas = vended->fields.at("sasToken");
  const Ports kept = live_.Open({{"sasToken", sas}});
  EXPECT_EQ((*kept.objects->Read("object", 100))->ToString(), "bytes");
  EXPECT_EQ(kept.objects->List("", "")->size(), 1U);
  const auto refused = kept.urls->SignerFor({"table", "recipient", vended->expires_at_ms});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnsupported);
  EXPECT_EQ(kept.credentials, nullptr);
  const auto shared = From(live_.Open({{"sasToken", sas}, {"shareSas", "true"}}), 3'600'000);
  ASSERT_NE(shared, nullptr);
  EXPECT_EQ(shared->scope().expires_at_ms, vended->expires_at_ms);
  EXPECT_EQ(live_.Fetch(UrlOf(*shared, "object")).body, "bytes");
}

TEST_F(AzureLiveUrls, AFolderOfAnAccountWithoutFoldersIsNotVended) {
  const auto vended = live_.ports().credentials->Vend(60'000);
  ASSERT_FALSE(vended);
  EXPECT_EQ(vended.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(vended.error().message, ::testing::HasSubstr("no hierarchical namespace"));
}

/// For other programs to fetch: a line of JSON for each object in the file SLUICE_AZURE_URLS.
TEST_F(AzureLiveUrls, AreWrittenForOtherPrograms) {
  const std::string path = Variable("SLUICE_AZURE_URLS");
  if (path.empty()) GTEST_SKIP() << "SLUICE_AZURE_URLS names no file";
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
