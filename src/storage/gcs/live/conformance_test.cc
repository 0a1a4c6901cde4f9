#include <list>

#include "base/encoding.h"
#include "base/hash.h"
#include "storage/credential_vendor_conformance.h"
#include "storage/gcs/gcs_test_support.h"
#include "storage/gcs/live/live_store.h"
#include "storage/object_store_conformance.h"
#include "storage/url_signer_conformance.h"

namespace sluice::storage {
namespace {

struct GcsObjects {
  static constexpr bool kKeepsTime = false;  // A store says when it was written to.

  ObjectStore& store() { return const_cast<ObjectStore&>(*live.ports().objects); }
  void Put(std::string_view key, std::string_view bytes, std::int64_t) { live.Put(key, bytes); }

  LiveStore live;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Gcs, ObjectStoreConformance, GcsObjects);

/// Whether Google would take the URL, which fake-gcs-server does not ask: V4 of the test's account,
/// written from Google's description of it.
bool IsGood(const net::HttpRequest& request) {
  const auto uri = ParseUri(request.url).value();
  const auto end = uri.query.rfind("&X-Goog-Signature=");
  if (end == std::string::npos) return false;
  const std::string query = uri.query.substr(0, end);
  const auto parameters = oauth::FormOf(query);
  const std::string time = parameters.at("X-Goog-Date");
  const std::string credential = parameters.at("X-Goog-Credential");
  const std::string host = uri.Origin().substr(uri.Origin().find("://") + 3);
  const std::string canonical = request.method + "\n" + uri.path + "\n" + query + "\nhost:" + host +
                                "\n\nhost\nUNSIGNED-PAYLOAD";
  const std::string text = "GOOG4-RSA-SHA256\n" + time + "\n" +
                           credential.substr(credential.find('/') + 1) + "\n" +
                           Sha256Hex(canonical);
  const auto signature = HexDecode(uri.query.substr(uri.query.rfind('=') + 1));
  const auto begin = ParseTimestamp(
      fmt::format("{}-{}-{}T{}:{}:{}Z", time.substr(0, 4), time.substr(4, 2), time.substr(6, 2),
                  time.substr(9, 2), time.substr(11, 2), time.substr(13, 2)));
  const std::int64_t life_ms = std::stoll(parameters.at("X-Goog-Expires")) * 1000;
  return signature && Verifies(TestKey::Get().public_pem, text, *signature) &&
         SystemClock().NowMillis() < *begin + life_ms;
}

struct GcsUrls {
  static constexpr std::pair kLaterEnd{"&X-Goog-Expires=", "&X-Goog-Expires=1"};
  static constexpr const char* kSignature = "&X-Goog-Signature=";

  void Put(std::string_view key, std::string_view bytes) { live.Put(key, bytes); }
  void PutElsewhere(std::string_view key, std::string_view bytes) { other.Put(key, bytes); }
  std::string Elsewhere() const { return "gs://" + other.bucket() + "/folder"; }
  net::HttpResponse Fetch(const net::HttpRequest& request) const {
    return IsGood(request) ? live.Fetch(request) : net::HttpResponse{403, {}, "refused"};
  }

  std::unique_ptr<const UrlSigner> Signer(std::int64_t life_ms, std::int64_t ago_ms) {
    const Clock& clock = clocks.emplace_back(SystemClock().NowMillis() - ago_ms);
    const Ports ports =
        live.Open({{"credentials", ServiceAccountJson("http://127.0.0.1:1/token")}}, clock);
    auto signer = ports.urls->SignerFor({"table", "recipient", clock.NowMillis() + life_ms});
    EXPECT_TRUE(signer) << signer.error().message;
    return *std::move(signer);
  }
  std::unique_ptr<const UrlSigner> SignerEndingWith(std::int64_t) const { return nullptr; }

  LiveStore live;
  LiveStore other;
  std::list<SetClock> clocks;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Gcs, UrlSignerConformance, GcsUrls);

/// fake-gcs-server looks at no token, so what one opens is the boundary's to say:
/// gcs_identity_test.
struct GcsCredentials {
  static constexpr bool kChecks = false;
  static constexpr bool kEndsAtWill = true;

  Location folder() const { return ParseLocation("gs://" + live.bucket() + "/folder").value(); }
  Location beside() const { return ParseLocation("gs://" + other.bucket() + "/folder").value(); }
  void Put(const Location& place, std::string_view key, std::string_view bytes) const {
    (place.bucket == live.bucket() ? live : other).Put(key, bytes);
  }
  Result<TemporaryCredentials> Vend(std::int64_t validity_ms, std::int64_t) const {
    return live
        .Open({{"credentials", ServiceAccountJson(tokens.Url("/token"))},
               {"stsEndpoint", tokens.Url("")}})
        .credentials->Vend(validity_ms);
  }
  Ports Open(const Location& place, std::shared_ptr<const CredentialVendor> vendor) const {
    Surroundings here;
    here.variable = [](const char*) { return std::string(); };
    here.vended = std::move(vendor);
    const auto backend = MakeGcs({{"endpoint", std::getenv("SLUICE_GCS_ENDPOINT")}}, here);
    EXPECT_TRUE(backend) << backend.error().message;
    return (*backend)->Open(place).value();
  }
  static int StatusOfWriting(const char*, const std::string&, const TemporaryCredentials&) {
    return 0;
  }

  LiveStore live;
  LiveStore other;
  net::TestServer tokens{[](const net::TestRequest&, net::TestConnection& connection) {
    connection.Answer("200 OK", R"({"access_token":"t","expires_in":3600,"token_type":"Bearer"})");
  }};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Gcs, CredentialVendorConformance, GcsCredentials);

}  // namespace
}  // namespace sluice::storage
