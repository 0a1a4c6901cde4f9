// The options of an S3 store, as a provider writes them.
#pragma once

#include <optional>
#include <string>

#include "storage/ports.h"
#include "storage/s3/sigv4.h"

namespace sluice::storage {

/// docs/storage/s3.md says what each is for. Empty: not given.
struct S3Options {
  std::string region;
  std::string endpoint;         ///< A URL without a slash at its end.
  std::string public_endpoint;  ///< As endpoint.
  std::optional<bool> path_style;
  bool anonymous = false;
  AwsKey key;
  std::string profile;
  std::string role_arn;
  std::string external_id;
  std::string role_session_name;
  std::string sts_endpoint;  ///< As endpoint.
  std::string ca_file;
  bool verify_tls = true;
};

/// Errors: kInvalidArgument naming the option that is unknown, wrong or contradicts another.
Result<S3Options> ReadS3Options(const StoreOptions& options);

/// kInvalidArgument, naming `from`, unless `region` may be part of a host's name.
Status CheckRegion(std::string_view region, std::string_view from);

}  // namespace sluice::storage
