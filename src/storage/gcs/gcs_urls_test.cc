#include "storage/gcs/gcs_urls.h"

#include <gmock/gmock.h>

#include <thread>

#include "base/encoding.h"
#include "base/hash.h"
#include "storage/gcs/gcs_test_support.h"

namespace sluice::storage {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::int64_t kDayMs = 86'400'000;

/// A published case: Google's conformance tests of V4 signatures (Apache License 2.0).
struct PublishedCase {
  const char* location;
  const char* key;
  const char* time;
  std::int64_t seconds;
  const char* url;  ///< Up to the signature.
  const char* signature;
};

constexpr const char* kPublishedAccount =
    "test-iam-credentials@dummy-project-id.iam.gserviceaccount.com";

/// Of the published account; signatures are compared with it alone.
constexpr const char* kPublishedKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArD8zIqyKLbX0Nq8o0Jj1\n"
    "qHEhHhqO3+0OP7TEFx5Vxc6PdwBoFNrfnJRI/S+ZaDYS1avr5Pqpp8g8+UNOMvI1\n"
    "VsjGM8xjTaxkVv8mmKp6pSmQstTt25pzY1exA2wv4xNWSwWNFNx2kh35+kvTQ/DF\n"
    "3YA9P7pUU1sKur1PP8OoubWLFO59iy5UE5dX0O/3pjvZ2HAhSXsx2VWtB5nlrHR8\n"
    "FrKJNLJMEGEDSMz9yRfQaUeYCU9oDYHuiqKQ3rCXi6C82l+3FJw5/ggJ5y7iw8ME\n"
    "rCFSslcYQRbBVz6ZYKWkEcJhs8BG3/16bfaqNusNlDIJ99I7DmipUngF/HEulYhf\n"
    "rQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

#define SLUICE_PUBLISHED_QUERY(date, seconds)                                              \
  "?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=test-iam-credentials"              \
  "%40dummy-project-id.iam.gserviceaccount.com%2F" date                                    \
  "%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=" date "T090000Z&X-Goog-Expires=" seconds \
  "&X-Goog-SignedHeaders=host&X-Goog-Signature="

constexpr PublishedCase kPublished[] = {
    {"gs://test-bucket", "test-object", "2019-02-01T09:00:00Z", 10,
     "https://storage.googleapis.com/test-bucket/test-object" SLUICE_PUBLISHED_QUERY("20190201",
                                                                                     "10"),
     "95e6a13d43a1d1962e667f17397f2b80ac9bdd1669210d5e08e0135df9dff4e56113485dbe429ca2266487b9d1796"
     "e"
     "bdee2d7cf682a6ef3bb9fbb4c351686fba90d7b621cf1c4eb1fdf126460dd25fa0837dfdde0a9fd98662ce60844c4"
     "5"
     "8448fb2b352c203d9969cb74efa4bdb742287744a4f2308afa4af0e0773f55e32e92973619249214b97283b2daa14"
     "1"
     "95244444e33f938138d1e5f561088ce8011f4986dda33a556412594db7c12fc40e1ff3f1bedeb7a42f5bcda0b9567"
     "f"
     "17f65855f65071fabb88ea12371877f3f77f10e1466fff6ff6973b74a933322ff0949ce357e20abe96c3dd5cfab42"
     "c"
     "9c83e740a4d32b9e11e146f0eb3404d2e975896f74"},
    {"gs://test-bucket", "test-object", "2019-03-01T09:00:00Z", 20,
     "https://storage.googleapis.com/test-bucket/test-object" SLUICE_PUBLISHED_QUERY("20190301",
                                                                                     "20"),
     "9669ed5b10664dc594c758296580662912cf4bcc5a4ba0b6bf055bcbf6f34eed7bdad664f534962174a924741a0c2"
     "7"
     "3a4f67bc1847cef20192a6beab44223bd9d4fbbd749c407b79997598c30f82ddc269ff47ec09fa3afe74e00616d43"
     "8"
     "df0d96a7d8ad0adacfad1dc3286f864d924fe919fb0dce45d3d975c5afe8e13af2db9cc37ba77835f92f7669b61e9"
     "4"
     "c6d562196c1274529e76cfff1564cc2cad7d5387dc8e12f7a5dfd925685fe92c30b43709eee29fa2f66067472cee5"
     "4"
     "23d1a3a4182fe8cea75c9329d181dc6acad7c393cd04f8bf5bc0515127d8ebd65d80c08e19ad03316053ea60033fd"
     "1"
     "b1fd85a69c576415da3bf0a3718d9ea6d03e0d66f0"},
    {"gs://test-bucket2", "test-object2", "2019-02-01T09:00:00Z", 10,
     "https://storage.googleapis.com/test-bucket2/test-object2" SLUICE_PUBLISHED_QUERY("20190201",
                                                                                       "10"),
     "36e3d58dfd3ec1d2dd2f24b5ee372a71e811ffaa2162a2b871d26728d0354270bc116face87127532969c4a3967ed"
     "0"
     "5b7309af741e19c7202f3167aa8c2ac420b61417d6451442bb91d7c822cd17be8783f01e05372769c88913561d27e"
     "6"
     "660dd8259f0081a71f831be6c50283626cbf04494ac10c394b29bb3bce74ab91548f58a37118a452693cf0483d775"
     "6"
     "1fc9cac8f1765d2c724994cca46a83517a10157ee0347a233a2aaeae6e6ab5e204ff8fc5f54f90a3efdb8301d9fff"
     "5"
     "475d58cd05b181affd657f48203f4fb133c3a3d355b8eefbd10d5a0a5fd70d06e9515460ad74e22334b2cba4b29ca"
     "e"
     "4f6f285cdb92d8f3126d7a1479ca3bdb69c207d860"},
};

/// Keeps what it is to sign, and signs it as it is told.
class RecordingKey final : public V4Key {
 public:
  class Signature final : public V4Signature {
   public:
    Signature(const RecordingKey& key, std::string before)
        : key_(key), before_(std::move(before)) {}
    Status Append(std::string_view digest_hex, std::string* out) const override {
      key_.signed_text = before_ + std::string(digest_hex);
      if (key_.fails) return Fail(ErrorKind::kUnavailable, "not now");
      out->append(key_.signature);
      return {};
    }

   private:
    const RecordingKey& key_;
    const std::string before_;
  };

  std::string_view Algorithm() const override { return "GOOG4-RSA-SHA256"; }
  Result<std::string> Id() const override { return std::string(kPublishedAccount); }
  std::int64_t LongestMs() const override { return longest_ms; }
  std::shared_ptr<const V4Signature> Begin(std::string_view, std::string before) const override {
    return std::make_shared<const Signature>(*this, std::move(before));
  }

  std::int64_t longest_ms = 7 * kDayMs;
  std::string signature = "signature";
  bool fails = false;
  mutable std::string signed_text;
};

class GcsUrlsTest : public ::testing::Test {
 protected:
  std::unique_ptr<const UrlSigner> Signer(std::string_view location, std::int64_t life_ms,
                                          std::string root = {}) {
    const auto urls = MakeGcsUrls(options_, ParseLocation(location).value(), clock_);
    auto signer = urls->SignerFor({"table", "recipient", clock_.now + life_ms, std::move(root)});
    EXPECT_TRUE(signer) << signer.error().message;
    return signer ? std::move(*signer) : nullptr;
  }
  static std::string Url(const UrlSigner& signer, std::string_view key) {
    std::string url;
    const auto done = signer.AppendUrl(key, &url);
    return done ? url : "error " + std::string(KindName(done.error().kind));
  }

  SetClock clock_{ParseTimestamp("2019-02-01T09:00:00Z").value()};
  std::shared_ptr<RecordingKey> key_ = std::make_shared<RecordingKey>();
  GcsUrlOptions options_{std::string(kGcsEndpoint), "", false, key_};
};

TEST_F(GcsUrlsTest, PublishedUrlsAndSignaturesComeOut) {
  for (const auto& published : kPublished) {
    clock_.now = ParseTimestamp(published.time).value();
    key_->signature = published.signature;
    const auto signer = Signer(published.location, published.seconds * 1000);
    EXPECT_EQ(Url(*signer, published.key), std::string(published.url) + published.signature);
    const auto signature = HexDecode(published.signature).value();
    EXPECT_TRUE(Verifies(kPublishedKey, key_->signed_text, signature)) << published.url;
    EXPECT_FALSE(Verifies(kPublishedKey, key_->signed_text + "x", signature));
  }
}

TEST_F(GcsUrlsTest, OddKeysAreEncodedBelowTheFolder) {
  const auto signer = Signer("gs://b/fo lder/x", 60'000);
  EXPECT_THAT(Url(*signer, "k=1/\xC3\xA9 (1)*!'~.parquet"),
              StartsWith("https://storage.googleapis.com/b/fo%20lder/x/"
                         "k%3D1/%C3%A9%20%281%29%2A%21%27~.parquet?X-Goog-"));
  std::string out = "before ";
  EXPECT_EQ(signer->AppendUrl("../a", &out).error().kind, ErrorKind::kInvalidArgument);
  key_->fails = true;
  EXPECT_EQ(signer->AppendUrl("a", &out).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(out, "before ");
}

TEST_F(GcsUrlsTest, RootsAreOtherLocationsOfTheStore) {
  const auto signer = Signer("gs://b/folder", 60'000);
  const auto other = signer->AtRoot("gs://other/deep/er");
  EXPECT_THAT(Url(*other, "k"), StartsWith("https://storage.googleapis.com/other/deep/er/k?"));
  EXPECT_EQ(other->scope().root, "gs://other/deep/er");
  EXPECT_THAT(Url(*other->AtRoot(""), "k"),
              StartsWith("https://storage.googleapis.com/b/folder/k?"));
  EXPECT_THAT(Url(*Signer("gs://b/f", 60'000, "gs://c"), "k"),
              StartsWith("https://storage.googleapis.com/c/k?"));
  EXPECT_EQ(Url(*signer->AtRoot("s3://other/x"), "k"), "error unsupported");
  EXPECT_EQ(Url(*signer->AtRoot("nothing"), "k"), "error invalid_argument");
}

TEST_F(GcsUrlsTest, EndAtAWholeSecondAndNeverLaterThanTheKeyAllows) {
  clock_.now += 250;
  const auto brief = Signer("gs://b", 10'500);
  EXPECT_THAT(Url(*brief, "k"), HasSubstr("&X-Goog-Expires=10&"));
  EXPECT_EQ(brief->scope().expires_at_ms, clock_.now - 250 + 10'000);
  const auto week = Signer("gs://b", 30 * kDayMs);
  EXPECT_THAT(Url(*week, "k"), HasSubstr("&X-Goog-Expires=604800&"));
  EXPECT_EQ(week->scope().expires_at_ms, clock_.now - 250 + 7 * kDayMs);
  key_->longest_ms = kDayMs / 2;
  EXPECT_THAT(Url(*Signer("gs://b", 30 * kDayMs), "k"), HasSubstr("&X-Goog-Expires=43200&"));
  const auto urls = MakeGcsUrls(options_, ParseLocation("gs://b").value(), clock_);
  EXPECT_EQ(urls->SignerFor({"t", "r", clock_.now}).error().kind, ErrorKind::kInvalidArgument);
}

TEST_F(GcsUrlsTest, TheHostIsSignedAsClientsSendIt) {
  for (const auto& [endpoint, origin, host] :
       {std::tuple("https://storage.example:443", "https://storage.example", "storage.example"),
        {"http://127.0.0.1:4443", "http://127.0.0.1:4443", "127.0.0.1:4443"},
        {"http://h:80", "http://h", "h"}}) {
    options_.endpoint = endpoint;
    options_.user_project = "my-project";
    const auto signer = Signer("gs://b", 1'000);
    const std::string url = Url(*signer, "k");
    EXPECT_THAT(url, StartsWith(std::string(origin) + "/b/k?X-Goog-"));
    const std::string query =
        url.substr(url.find('?') + 1, url.rfind("&X-Goog") - url.find('?') - 1);
    EXPECT_THAT(query, EndsWith("&X-Goog-SignedHeaders=host&userProject=my-project"));
    EXPECT_THAT(key_->signed_text, EndsWith("\n" + Sha256Hex("GET\n/b/k\n" + query + "\nhost:" +
                                                             host + "\n\nhost\nUNSIGNED-PAYLOAD")));
  }
}

TEST_F(GcsUrlsTest, WhereNothingCanSignThatIsSaid) {
  options_.key = nullptr;
  const auto location = ParseLocation("gs://b/f").value();
  const auto refused =
      MakeGcsUrls(options_, location, clock_)->SignerFor({"t", "r", clock_.now + 9});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("impersonateServiceAccount"));
  options_.unsigned_urls = true;
  EXPECT_EQ(Url(*Signer("gs://b/f", 1'000), "a b"), "https://storage.googleapis.com/b/f/a%20b");
}

class V4KeyTest : public ::testing::Test {
 protected:
  static std::string Sign(const V4Key& key, std::string_view digest) {
    std::string out;
    EXPECT_TRUE(key.Begin("20190201", "text\n")->Append(digest, &out));
    return out;
  }
};

/// The signature was made by Python's hmac module from Google's description of HMAC keys.
TEST_F(V4KeyTest, HmacKeysComeFirstAndAreDerivedByDay) {
  GcsOptions options;
  options.hmac_key_id = "GOOG1EXAMPLE";
  options.hmac_secret = "bGoa+V7g/yqDXvKRqq+JTFn4uQZbPiQJo4pf9RzJ";
  const auto key = MakeV4Key(options, {});
  EXPECT_EQ(key->Algorithm(), "GOOG4-HMAC-SHA256");
  EXPECT_EQ(*key->Id(), "GOOG1EXAMPLE");
  EXPECT_EQ(Sign(*key, "digest"),
            "6af3acf398c66979e168310a917c6d9b87e1d0369362acf724e22dd0f9779c7b");
}

TEST_F(V4KeyTest, ServiceAccountsSignOnAnyThread) {
  GcsIdentity identity;
  identity.key =
      ServiceAccountKey{"a@b", "id", "", *oauth::SigningKey::FromPem(TestKey::Get().private_pem)};
  const auto key = MakeV4Key({}, identity);
  EXPECT_EQ(key->Algorithm(), "GOOG4-RSA-SHA256");
  EXPECT_EQ(*key->Id(), "a@b");
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string digest = std::to_string(100 * t + i);
        const auto signature = HexDecode(Sign(*key, digest));
        if (Verifies(TestKey::Get().public_pem, "text\n" + digest, *signature)) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 40);
}

TEST_F(V4KeyTest, OfNothingThereIsNoKey) {
  EXPECT_EQ(MakeV4Key({}, {}), nullptr);
}

}  // namespace
}  // namespace sluice::storage
