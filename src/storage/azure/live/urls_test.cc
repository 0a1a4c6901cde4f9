// What only Azure has of URLs; the rest is in the suite of all signers.
#include <gmock/gmock.h>

#include <fstream>

#include "storage/azure/live/live_store.h"
#include "storage/url_signer_conformance.h"

namespace sluice::storage {
namespace {

class AzureLiveUrls : public ::testing::Test {
 protected:
  const LiveStore live_;
};

TEST_F(AzureLiveUrls, AGivenSasIsPassedOnOnlyWhereThatIsAllowed) {
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
  const auto signer =
      live_.ports().urls->SignerFor({"table", "recipient", SystemClock().NowMillis() + 60'000});
  ASSERT_TRUE(signer) << signer.error().message;
  for (const std::string& key : KeysOfUrls()) {
    live_.Put(key, "bytes of " + key);
    std::string url;
    ASSERT_TRUE((*signer)->AppendUrl(key, &url));
    std::string line = "{\"url\": ";
    AppendJsonString(url, &line);
    line += ", \"body\": ";
    AppendJsonString("bytes of " + key, &line);
    out << line << "}\n";
  }
}

}  // namespace
}  // namespace sluice::storage
