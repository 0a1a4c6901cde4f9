#include "storage/s3/s3_backend.h"

#include <utility>

#include "storage/rest/rest_store.h"
#include "storage/s3/s3_dialect.h"
#include "storage/s3/s3_options.h"
#include "storage/s3/s3_urls.h"
#include "storage/s3/shared_config.h"

namespace sluice::storage {
namespace {

class S3Backend final : public Backend {
 public:
  explicit S3Backend(std::shared_ptr<const S3Session> session) : session_(std::move(session)) {}

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
    return ports;
  }

 private:
  const std::shared_ptr<const S3Session> session_;
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

}  // namespace

Result<std::shared_ptr<const Backend>> MakeS3(const StoreOptions& options,
                                              const Surroundings& here) {
  SLUICE_TRY(const S3Options read, ReadS3Options(options));
  SLUICE_TRY(const AwsProfiles profiles, AwsProfiles::Read(here));
  const std::string name = ProfileName(read.profile, here);
  const AwsProfile* const profile = profiles.Find(name);
  if (profile == nullptr && !read.profile.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "there is no profile '{}' in {}", name,
                profiles.places());
  }
  SLUICE_TRY(auto endpoint, FindEndpoint(read, profile, here));
  net::HttpOptions http;
  http.ca_file = read.ca_file;
  http.verify_tls = read.verify_tls;
  http.user_agent = "sluice/" SLUICE_VERSION;
  auto client = std::make_shared<const net::HttpClient>(std::move(http));
  std::shared_ptr<const AwsKeys> keys;
  if (!read.anonymous) {
    std::vector<KeySourcePtr> sources;
    if (!read.key.access_key_id.empty()) {
      sources.push_back(MakeFixedKey(read.key));
    } else {
      sources.push_back(MakeEnvironmentKeys(here));
    }
    keys = MakeAwsKeys(MakeKeyChain(std::move(sources)), *here.clock);
  }
  return std::make_shared<const S3Backend>(std::make_shared<const S3Session>(
      std::move(endpoint), std::move(client), std::move(keys), *here.clock));
}

}  // namespace sluice::storage
