#include "storage/gcs/gcs_backend.h"

#include <utility>

#include "storage/gcs/gcs_credentials.h"
#include "storage/gcs/gcs_dialect.h"
#include "storage/gcs/gcs_urls.h"
#include "storage/rest/rest_store.h"
#include "storage/rest/vended.h"

namespace sluice::storage {
namespace {

struct GcsParts {
  GcsOptions options;
  GcsIdentity identity;
  std::shared_ptr<const V4Key> key;
  std::shared_ptr<const net::HttpClient> http;
  const Clock* clock;
};

class GcsBackend final : public Backend {
 public:
  explicit GcsBackend(GcsParts parts) : parts_(std::move(parts)) {}

  Result<Ports> Open(const Location& location) const override {
    if (location.kind != StoreKind::kGcs || location.bucket.empty()) {
      return Fail(ErrorKind::kInvalidArgument, "'{}' is no location gs://bucket/folder",
                  location.Text());
    }
    const GcsOptions& options = parts_.options;
    const auto& tokens = parts_.identity.tokens;
    Ports ports;
    RestStoreOptions store;
    store.dialect = std::make_shared<const GcsDialect>(options, location, tokens);
    store.http = parts_.http;
    store.location = location;
    ports.objects = MakeRestStore(std::move(store));
    ports.urls =
        MakeGcsUrls({options.public_endpoint, options.user_project, options.anonymous, parts_.key},
                    location, *parts_.clock);
    if (tokens != nullptr) {
      ports.credentials =
          MakeGcsVendor({location, options.sts_endpoint, tokens, parts_.http}, *parts_.clock);
    }
    return ports;
  }

 private:
  const GcsParts parts_;
};

}  // namespace

Result<std::shared_ptr<const Backend>> MakeGcs(const StoreOptions& options,
                                               const Surroundings& here) {
  GcsParts parts;
  if (here.vended != nullptr) {
    SLUICE_RETURN_IF_ERROR(CheckOnlyVended(
        options,
        {"anonymous", "credentials", "impersonateServiceAccount", "hmacKeyId", "hmacSecret"}));
  }
  SLUICE_TRY(parts.options, ParseGcsOptions(options, here));
  parts.http = std::make_shared<const net::HttpClient>(
      ReachedFrom(here, parts.options.ca_file, parts.options.verify_tls));
  SLUICE_TRY(parts.identity, FindIdentity(parts.options, here, parts.http));
  parts.key = MakeV4Key(parts.options, parts.identity);
  parts.clock = here.clock;
  return std::make_shared<const GcsBackend>(std::move(parts));
}

}  // namespace sluice::storage
