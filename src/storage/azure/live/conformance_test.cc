#include <list>

#include "storage/azure/live/live_store.h"
#include "storage/azure/sas.h"
#include "storage/credential_vendor_conformance.h"
#include "storage/object_store_conformance.h"
#include "storage/url_signer_conformance.h"

namespace sluice::storage {
namespace {

struct AzureObjects {
  static constexpr bool kKeepsTime = false;  // A store says when it was written to.

  ObjectStore& store() { return const_cast<ObjectStore&>(*live.ports().objects); }
  void Put(std::string_view key, std::string_view bytes, std::int64_t) { live.Put(key, bytes); }

  LiveStore live;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Azure, ObjectStoreConformance, AzureObjects);

struct AzureUrls {
  static constexpr std::pair kLaterEnd{"se=20", "se=21"};
  static constexpr const char* kSignature = "&sig=";

  void Put(std::string_view key, std::string_view bytes) { live.Put(key, bytes); }
  void PutElsewhere(std::string_view key, std::string_view bytes) { other.Put(key, bytes); }
  std::string Elsewhere() const { return other.location().Text(); }
  net::HttpResponse Fetch(const net::HttpRequest& request) { return live.Fetch(request); }

  /// The end is all that a SAS says of time.
  std::unique_ptr<const UrlSigner> Signer(std::int64_t life_ms, std::int64_t ago_ms) const {
    return SignerOf(live.ports(), SystemClock().NowMillis() - ago_ms + life_ms);
  }
  /// A SAS of the whole container that is passed on.
  std::unique_ptr<const UrlSigner> SignerEndingWith(std::int64_t end_ms) const {
    SasGrant grant;
    grant.resource = 'c';
    grant.expires_at_ms = end_ms;
    grant.https_only = false;
    const HmacKey key(Base64Decode(Variable("SLUICE_AZURE_KEY")).value());
    std::string sas;
    SasSigner({Variable("SLUICE_AZURE_ACCOUNT"), key, std::nullopt}, grant, live.location().bucket)
        .Append("", &sas);
    return SignerOf(live.Open({{"sasToken", sas}, {"shareSas", "true"}}), end_ms + 3'600'000);
  }
  static std::unique_ptr<const UrlSigner> SignerOf(const Ports& ports, std::int64_t end_ms) {
    auto signer = ports.urls->SignerFor({"table", "recipient", end_ms});
    EXPECT_TRUE(signer) << signer.error().message;
    return *std::move(signer);
  }

  LiveStore live;
  LiveStore other{"second"};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Azure, UrlSignerConformance, AzureUrls);

/// Of whole containers: Azurite has no hierarchical namespace, and so no SAS of a folder.
struct AzureCredentials {
  static constexpr bool kChecks = true;
  static constexpr bool kEndsAtWill = true;

  Location folder() const { return inside.location(); }
  Location beside() const { return outside.location(); }
  void Put(const Location& place, std::string_view key, std::string_view bytes) const {
    (place.bucket == folder().bucket ? inside : outside).Put(key, bytes);
  }
  Result<TemporaryCredentials> Vend(std::int64_t validity_ms, std::int64_t ago_ms) {
    const Clock& clock = clocks.emplace_back(-ago_ms);
    const Ports ports =
        inside.Open({{"accountKey", Variable("SLUICE_AZURE_KEY")}}, LiveStore::Nothing(clock));
    return ports.credentials->Vend(validity_ms);
  }
  Ports Open(const Location& place, std::shared_ptr<const CredentialVendor> vendor) const {
    return inside.OpenWith(std::move(vendor), place);
  }
  int StatusOfWriting(const char* method, const std::string& key,
                      const TemporaryCredentials& credentials) const {
    net::HttpRequest request;
    request.method = method;
    request.url = inside.endpoint() + "/" + folder().bucket + "/" + PercentEncode(key, true) + "?" +
                  credentials.fields.at("sasToken");
    request.body = request.method == "PUT" ? "changed" : "";
    request.headers = {{"x-ms-blob-type", "BlockBlob"}};
    return inside.Fetch(request).status;
  }

  LiveStore inside{""};
  LiveStore outside{""};
  std::list<ShiftedClock> clocks;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Azure, CredentialVendorConformance, AzureCredentials);

}  // namespace
}  // namespace sluice::storage
