#include <list>

#include "storage/credential_vendor_conformance.h"
#include "storage/object_store_conformance.h"
#include "storage/s3/live/live_store.h"
#include "storage/url_signer_conformance.h"

namespace sluice::storage {
namespace {

struct S3Objects {
  static constexpr bool kKeepsTime = false;  // A store says when it was written to.

  ObjectStore& store() { return const_cast<ObjectStore&>(*live.ports().objects); }
  void Put(std::string_view key, std::string_view bytes, std::int64_t) { live.Put(key, bytes); }

  LiveStore live;
};

INSTANTIATE_TYPED_TEST_SUITE_P(S3, ObjectStoreConformance, S3Objects);

struct S3Urls {
  static constexpr std::pair kLaterEnd{"&X-Amz-Expires=", "&X-Amz-Expires=1"};
  static constexpr const char* kSignature = "&X-Amz-Signature=";

  void Put(std::string_view key, std::string_view bytes) { live.Put(key, bytes); }
  void PutElsewhere(std::string_view key, std::string_view bytes) { other.Put(key, bytes); }
  std::string Elsewhere() const { return other.location().Text(); }
  net::HttpResponse Fetch(const net::HttpRequest& request) { return LiveStore::Fetch(request); }

  std::unique_ptr<const UrlSigner> Signer(std::int64_t life_ms, std::int64_t ago_ms) {
    const Clock& clock = clocks.emplace_back(-ago_ms);
    return SignerOf(live.Open({}, clock), clock.NowMillis() + life_ms);
  }
  /// The store takes these keys for longer; the signer must go by what it is told of them.
  std::unique_ptr<const UrlSigner> SignerEndingWith(std::int64_t end_ms) const {
    TemporaryCredentials keys;
    keys.fields = {{"accessKeyId", Variable("AWS_ACCESS_KEY_ID")},
                   {"secretAccessKey", Variable("AWS_SECRET_ACCESS_KEY")},
                   {"sessionToken", ""}};
    keys.expires_at_ms = end_ms;
    const Ports ports = live.OpenWith(std::make_shared<const FixedVendor>(keys), live.location());
    return SignerOf(ports, end_ms + 3'600'000);
  }
  static std::unique_ptr<const UrlSigner> SignerOf(const Ports& ports, std::int64_t end_ms) {
    auto signer = ports.urls->SignerFor({"table", "recipient", end_ms});
    EXPECT_TRUE(signer) << signer.error().message;
    return *std::move(signer);
  }

  LiveStore live;
  LiveStore other{Variable("SLUICE_S3_OTHER_BUCKET")};
  std::list<ShiftedClock> clocks;
};

INSTANTIATE_TYPED_TEST_SUITE_P(S3, UrlSignerConformance, S3Urls);

/// Where the store has a token service (MinIO).
class S3Credentials {
 public:
  static constexpr bool kChecks = true;
  static constexpr bool kEndsAtWill = false;

  S3Credentials() {
    if (Variable("SLUICE_S3_STS").empty()) Skip();
  }
  Location folder() const { return Below("/table"); }
  Location beside() const { return Below("/table2"); }
  void Put(const Location& place, std::string_view key, std::string_view bytes) const {
    const auto name = place.folder.substr(live_.location().folder.size() + 1);
    live_.Put(name + "/" + std::string(key), bytes);
  }
  Result<TemporaryCredentials> Vend(std::int64_t validity_ms, std::int64_t) const {
    const auto backend =
        MakeS3({{"endpoint", live_.endpoint()}, {"stsEndpoint", Variable("SLUICE_S3_STS")}},
               Surroundings::OfProcess());
    return (*backend)->Open(folder())->credentials->Vend(validity_ms);
  }
  Ports Open(const Location& place, std::shared_ptr<const CredentialVendor> vendor) const {
    return live_.OpenWith(std::move(vendor), place);
  }
  int StatusOfWriting(const char* method, const std::string& key,
                      const TemporaryCredentials& keys) const {
    return LiveStore::Send(method,
                           live_.endpoint() + "/" + folder().bucket + "/" +
                               PercentEncode(folder().folder + "/" + key, true),
                           "changed",
                           {keys.fields.at("accessKeyId"), keys.fields.at("secretAccessKey"),
                            keys.fields.at("sessionToken")})
        .status;
  }

 private:
  static void Skip() { GTEST_SKIP() << "SLUICE_S3_STS is not set: the store has no token service"; }
  Location Below(const char* name) const {
    Location out = live_.location();
    out.folder += name;
    return out;
  }

  const LiveStore live_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(S3, CredentialVendorConformance, S3Credentials);

}  // namespace
}  // namespace sluice::storage
