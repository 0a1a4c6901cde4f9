#include "storage/s3/s3_endpoint.h"

#include <algorithm>
#include <utility>

#include "base/uri.h"

namespace sluice::storage {
namespace {

constexpr const char* kDefaultRegion = "us-east-1";
constexpr std::string_view kR2 = ".r2.cloudflarestorage.com";

/// Dots are left out: the certificate for all buckets does not cover names that have some.
bool FitsAHost(std::string_view bucket) {
  return bucket.size() >= 3 && bucket.size() <= 63 && bucket.front() != '-' &&
         bucket.back() != '-' && std::all_of(bucket.begin(), bucket.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

}  // namespace

std::string_view AwsDomain(std::string_view region) {
  constexpr std::pair<std::string_view, std::string_view> kDomains[] = {
      {"cn-", "amazonaws.com.cn"},    {"us-iso-", "c2s.ic.gov"},      {"us-isob-", "sc2s.sgov.gov"},
      {"us-isof-", "csp.hci.ic.gov"}, {"eu-isoe-", "cloud.adc-e.uk"}, {"eusc-", "amazonaws.eu"},
  };
  for (const auto& [prefix, domain] : kDomains) {
    if (region.starts_with(prefix)) return domain;
  }
  return "amazonaws.com";
}

Result<S3Endpoint> MakeS3Endpoint(S3EndpointChoice choice) {
  S3Endpoint out;
  out.path_style = choice.path_style;
  out.region = std::move(choice.region);
  if (choice.url.empty()) {
    if (out.region.empty()) out.region = std::move(choice.here_region);
    if (out.region.empty()) out.region = kDefaultRegion;
    out.scheme = "https";
    out.host = fmt::format("s3.{}.{}", out.region, AwsDomain(out.region));
    return out;
  }
  const auto uri = ParseUri(choice.url);
  if (!uri || (uri->scheme != "http" && uri->scheme != "https") || uri->host.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "endpoint is a URL such as https://host:port");
  }
  out.scheme = uri->scheme;
  Uri origin = *uri;
  if (uri->port == (uri->scheme == "https" ? 443 : 80)) origin.port = -1;
  out.host = origin.Origin().substr(uri->scheme.size() + 3);
  out.path = uri->path;
  while (out.path.ends_with('/')) out.path.pop_back();
  if (out.region.empty()) {
    out.region = uri->host.ends_with(kR2) ? "auto" : std::move(choice.here_region);
  }
  if (out.region.empty()) out.region = kDefaultRegion;
  if (!out.path_style) out.path_style = true;
  return out;
}

Result<BucketAddress> AddressOf(const S3Endpoint& endpoint, std::string_view bucket) {
  if (bucket.ends_with("--x-s3")) {
    return Fail(ErrorKind::kUnsupported,
                "bucket '{}' is a directory bucket (S3 Express One Zone), which lists in no order",
                bucket);
  }
  const bool fits = FitsAHost(bucket);
  if (!endpoint.path_style.value_or(!fits)) {
    if (!fits) {
      return Fail(ErrorKind::kInvalidArgument,
                  "pathStyle is false, but the name of bucket '{}' cannot be part of a host's",
                  bucket);
    }
    return BucketAddress{fmt::format("{}://{}.{}", endpoint.scheme, bucket, endpoint.host),
                         endpoint.path};
  }
  return BucketAddress{fmt::format("{}://{}", endpoint.scheme, endpoint.host),
                       endpoint.path + "/" + PercentEncode(bucket)};
}

}  // namespace sluice::storage
