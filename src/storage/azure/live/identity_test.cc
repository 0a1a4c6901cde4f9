// An identity of Entra ID: the tokens come from a service of the machine, which the test plays, and
// the store gives keys and objects for them. It must be reached over https.
#include <gmock/gmock.h>

#include "net/test_server.h"
#include "storage/azure/live/live_store.h"

namespace sluice::storage {
namespace {

/// A token as Entra ID writes it, but for the signature, which an emulator does not look at.
std::string Token(std::string_view audience) {
  const std::int64_t now = SystemClock().NowMillis() / 1000;
  const std::string claims = fmt::format(
      R"({{"aud":"{}","iss":"https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/",)"
      R"("iat":{},"nbf":{},"exp":{},"oid":"23657296-5cd5-45b0-a809-d972a7f4dfe1",)"
      R"("tid":"dd0d0df1-06c3-436c-8034-4b9a153097ce","ver":"1.0"}})",
      audience, now - 60, now - 60, now + 3600);
  return Base64UrlEncode(R"({"typ":"JWT","alg":"RS256"})") + "." + Base64UrlEncode(claims) + "." +
         Base64UrlEncode("signature");
}

class AzureLiveIdentity : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!live_.endpoint().starts_with("https:")) {
      GTEST_SKIP() << "SLUICE_AZURE_ENDPOINT is not https";
    }
  }
  Ports Open() {
    Surroundings here = LiveStore::Nothing();
    here.variable = [this](const char* name) {
      return std::string_view(name) == "AZURE_POD_IDENTITY_AUTHORITY_HOST" ? metadata_.Url("/")
                                                                           : std::string();
    };
    return live_.Open({{"credential", "managedIdentity"}}, here);
  }

  const LiveStore live_;
  std::atomic<int> given_{0};
  std::atomic<int> bad_{0};  ///< So many tokens at first that no store takes.
  net::TestServer metadata_{[this](const net::TestRequest&, net::TestConnection& connection) {
    const bool good = ++given_ > bad_;
    connection.Answer("200 OK", R"({"expires_in":"3600","access_token":")" +
                                    Token(good ? "https://storage.azure.com" : "https://other") +
                                    "\"}");
  }};
};

TEST_F(AzureLiveIdentity, ReadsAndSignsWithADelegatedKey) {
  live_.Put("a b/object", "bytes");
  const Ports ports = Open();
  const auto read = ports.objects->Read("a b/object", 100);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)->ToString(), "bytes");
  EXPECT_EQ(ports.objects->List("a b/", "")->size(), 1U);

  const std::int64_t wanted = SystemClock().NowMillis() + 60'000;
  const auto signer = ports.urls->SignerFor({"table", "recipient", wanted});
  ASSERT_TRUE(signer) << signer.error().message;
  EXPECT_EQ((*signer)->scope().expires_at_ms, wanted - wanted % 1000);
  std::string url;
  ASSERT_TRUE((*signer)->AppendUrl("a b/object", &url));
  EXPECT_THAT(url, ::testing::HasSubstr("&skoid=23657296-"));
  EXPECT_EQ(live_.Fetch(url).body, "bytes");
  EXPECT_EQ(live_.Fetch(url.replace(url.find("a%20b"), 5, "a%20c")).status, 403);
  EXPECT_EQ(given_, 1);
}

TEST_F(AzureLiveIdentity, NoUrlOutlivesTheKeyThatSignsIt) {
  const auto signer = Open().urls->SignerFor(
      {"table", "recipient", SystemClock().NowMillis() + std::int64_t{30} * 24 * 3'600'000});
  ASSERT_TRUE(signer) << signer.error().message;
  const std::int64_t days = 24 * 3'600'000;
  EXPECT_LE((*signer)->scope().expires_at_ms, SystemClock().NowMillis() + 7 * days);
  EXPECT_GT((*signer)->scope().expires_at_ms, SystemClock().NowMillis() + 6 * days);
}

TEST_F(AzureLiveIdentity, ARefusedTokenIsGotAnewOnce) {
  live_.Put("object", "bytes");
  bad_ = 1;
  EXPECT_TRUE(Open().objects->Read("object", 100));
  EXPECT_EQ(given_, 2);
  bad_ = 10;
  const auto refused = Open().objects->Read("object", 100);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kPermissionDenied);
  EXPECT_EQ(given_, 4);
}

}  // namespace
}  // namespace sluice::storage
