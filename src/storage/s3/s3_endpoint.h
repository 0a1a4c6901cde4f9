// Where a bucket is asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::storage {

/// The host that serves one region of a store, or all of a store that is not Amazon's.
struct S3Endpoint {
  std::string region;
  std::string scheme;  ///< "https"
  std::string host;    ///< With its port, unless that is the scheme's own.
  std::string path;    ///< Before buckets, encoded, without a slash at its end; mostly empty.
  /// Nothing: as fits the bucket's name.
  std::optional<bool> path_style;
};

struct S3EndpointChoice {
  std::string url;          ///< Empty: Amazon's.
  std::string region;       ///< As the option says; may be empty.
  std::string here_region;  ///< As the surroundings say; may be empty. R2 passes it over.
  std::optional<bool> path_style;
};

/// Without any region it is 'auto' for R2 and us-east-1 for others. A store that is not Amazon's is
/// asked in path style unless the choice says otherwise. Errors: kInvalidArgument.
Result<S3Endpoint> MakeS3Endpoint(S3EndpointChoice choice);

/// What comes before the names of a bucket's objects in URLs.
struct BucketAddress {
  std::string origin;  ///< "https://bucket.s3.eu-central-1.amazonaws.com"
  std::string path;    ///< Encoded, without a slash at its end: empty, or "/bucket" in path style.
};

/// Errors: kInvalidArgument where virtual-host style was asked for a bucket whose name is no part
/// of a host's; kUnsupported for a directory bucket.
Result<BucketAddress> AddressOf(const S3Endpoint& endpoint, std::string_view bucket);

/// The domain of Amazon's services in a region: "amazonaws.com".
std::string_view AwsDomain(std::string_view region);

}  // namespace sluice::storage
