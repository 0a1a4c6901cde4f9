#include "storage/s3/s3_backend.h"

#include <utility>

#include "storage/rest/rest_store.h"
#include "storage/rest/vended.h"
#include "storage/s3/metadata_keys.h"
#include "storage/s3/profile_keys.h"
#include "storage/s3/s3_dialect.h"
#include "storage/s3/s3_options.h"
#include "storage/s3/s3_urls.h"
#include "storage/s3/s3_vendor.h"
#include "storage/s3/shared_config.h"
#include "storage/s3/vended_keys.h"

namespace sluice::storage {
namespace {

class S3Backend final : public Backend {
 public:
  S3Backend(std::shared_ptr<const S3Session> session, VendedRole vended)
      : session_(std::move(session)), vended_(std::move(vended)) {}

  Result<Ports> Open(const Location& location) const override {
    if (location.kind != StoreKind::kS3) {
      return Fail(ErrorKind::kInvalidArgument, "'{}' is not in S3", location.Text());
    }
    SLUICE_TRY(auto address, AddressOf(session_->endpoint, location.bucket));
    Ports ports;
    RestStoreOptions store;
    store.dialect = MakeS3Dialect(session_, std::move(address));
    store.http = session_->http;
    store.location = location;
    ports.objects = MakeRestStore(std::move(store));
    ports.urls = MakeS3Urls(session_, location);
    if (vended_.as != nullptr) {
      ports.credentials = MakeS3Vendor(vended_, location, session_->clock);
    }
    return ports;
  }

 private:
  const std::shared_ptr<const S3Session> session_;
  const VendedRole vended_;
};

std::string FirstSet(const Surroundings& here, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (std::string value = here.variable(name); !value.empty()) return value;
  }
  return {};
}

/// Options win over the environment, that over the profile.
Result<S3Endpoint> FindEndpoint(const S3Options& options, const AwsProfile* profile,
                                const Surroundings& here) {
  S3EndpointChoice choice;
  choice.path_style = options.path_style;
  choice.url = options.endpoint;
  if (choice.url.empty()) {
    choice.url = FirstSet(here, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  }
  choice.region = options.region;
  choice.here_region = FirstSet(here, {"AWS_REGION", "AWS_DEFAULT_REGION"});
  if (profile != nullptr) {
    if (choice.url.empty()) choice.url = profile->Get("endpoint_url");
    if (choice.here_region.empty()) choice.here_region = profile->Get("region");
  }
  SLUICE_RETURN_IF_ERROR(CheckRegion(choice.here_region, "the region of environment or profile"));
  return MakeS3Endpoint(std::move(choice));
}

/// Amazon's STS knows nothing of regions that only another store has.
StsPlace FindSts(const S3Options& options, const S3Endpoint& endpoint, const Surroundings& here) {
  StsPlace place{options.sts_endpoint, endpoint.region};
  if (place.url.empty()) {
    place.url = FirstSet(here, {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"});
  }
  if (place.region == "auto") place.region = "us-east-1";
  return place;
}

/// The first that there is, in the order of AWS's own tools.
KeySourcePtr FindKeys(const S3Options& options, const std::shared_ptr<const Sts>& sts,
                      const Surroundings& here) {
  if (!options.key.access_key_id.empty()) return MakeFixedKey(options.key);
  const auto metadata = MakeMetadataClient();
  ProfileServices services;
  services.sts = sts;
  services.environment = MakeEnvironmentKeys(here);
  services.container = MakeContainerKeys(metadata, here);
  services.instance = MakeInstanceKeys(metadata, here);
  const std::string name = ProfileName(options.profile, here);
  auto profile = MakeProfileKeys({name, name != "default"}, services, here);
  if (!options.profile.empty()) return profile;
  return MakeKeyChain({services.environment, MakeWebIdentityKeys(sts, here), profile,
                       services.container, services.instance});
}

/// Who recipients' keys are got as, and of which role.
VendedRole FindVendedRole(const S3Options& options, std::shared_ptr<const Sts> sts,
                          std::shared_ptr<const AwsKeys> own) {
  VendedRole out{std::move(sts), std::move(own), {}};
  if (!options.role_arn.empty() || !options.sts_endpoint.empty()) {
    RoleRequest role;
    role.role_arn = options.role_arn;
    role.external_id = options.external_id;
    role.session_name = options.role_session_name;
    out.role = std::move(role);
  }
  return out;
}

/// What signs requests, and what keys for recipients are got with; neither for an anonymous one.
struct Identity {
  std::shared_ptr<const AwsKeys> keys;
  VendedRole vended;
};

Identity FindIdentity(const S3Options& options, const StsPlace& place,
                      std::shared_ptr<const net::HttpClient> http, const Surroundings& here) {
  Identity out;
  if (options.anonymous) return out;
  if (here.vended != nullptr) {
    out.keys = MakeAwsKeys(MakeVendedKeys(here.vended), *here.clock);
    return out;
  }
  auto sts = std::make_shared<const Sts>(place, std::move(http), *here.clock);
  out.keys = MakeAwsKeys(FindKeys(options, sts, here), *here.clock);
  out.vended = FindVendedRole(options, sts, out.keys);
  if (!options.role_arn.empty()) {
    out.keys = MakeAwsKeys(MakeAssumedRole(sts, out.keys, *out.vended.role), *here.clock);
  }
  return out;
}

/// Whether nothing is asked of the machine's profiles.
bool NeedsNoProfile(const S3Options& options, const Surroundings& here) {
  const bool knows_keys = options.anonymous || !options.key.access_key_id.empty();
  return here.vended != nullptr || (knows_keys && !options.region.empty());
}

}  // namespace

Result<std::shared_ptr<const Backend>> MakeS3(const StoreOptions& options,
                                              const Surroundings& here) {
  if (here.vended != nullptr) {
    SLUICE_RETURN_IF_ERROR(CheckOnlyVended(options, {"anonymous", "accessKeyId", "secretAccessKey",
                                                     "sessionToken", "profile", "roleArn"}));
  }
  SLUICE_TRY(const S3Options read, ReadS3Options(options));
  AwsProfiles profiles;
  if (!NeedsNoProfile(read, here)) {
    SLUICE_TRY(profiles, AwsProfiles::Read(here));
  }
  const std::string name = ProfileName(read.profile, here);
  const AwsProfile* const profile = profiles.Find(name);
  if (profile == nullptr && !read.profile.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "there is no profile '{}' in {}", name,
                profiles.places());
  }
  SLUICE_TRY(auto endpoint, FindEndpoint(read, profile, here));
  S3Endpoint url_endpoint = endpoint;
  if (!read.public_endpoint.empty()) {
    SLUICE_TRY(url_endpoint,
               MakeS3Endpoint({read.public_endpoint, endpoint.region, {}, read.path_style}));
  }
  auto client =
      std::make_shared<const net::HttpClient>(ReachedFrom(here, read.ca_file, read.verify_tls));
  Identity identity = FindIdentity(read, FindSts(read, endpoint, here), client, here);
  return std::make_shared<const S3Backend>(
      std::make_shared<const S3Session>(std::move(endpoint), std::move(url_endpoint),
                                        std::move(client), std::move(identity.keys), *here.clock),
      std::move(identity.vended));
}

}  // namespace sluice::storage
