// AWS's Security Token Service, and MinIO's: keys of a role, for a while.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "net/http_client.h"
#include "storage/s3/credentials.h"

namespace sluice::storage {

/// What a session of a role is to be. Empty: left out.
struct RoleRequest {
  std::string role_arn;
  std::string session_name;
  std::string external_id;
  std::string policy;                 ///< What of the role's permissions the session keeps; JSON.
  std::int64_t duration_seconds = 0;  ///< 0: as the service has it, an hour.
};

/// Where it is asked.
struct StsPlace {
  std::string url;     ///< Empty: Amazon's in the region.
  std::string region;  ///< Requests are signed for it.
};

/// Thread-safe. Errors of both calls: kPermissionDenied with the service's own
/// words where it refuses, kUnavailable and kTimeout where it cannot answer
/// now; those of `as`.
class Sts {
 public:
  Sts(StsPlace place, std::shared_ptr<const net::HttpClient> http, const Clock& clock);

  /// Signed with the keys `as`, once more where these have expired or our clock
  /// is wrong.
  Result<Expiring<AwsKey>> AssumeRole(const AwsKeys& as, const RoleRequest& request) const;
  /// With the token of an identity provider, which is not signed.
  Result<Expiring<AwsKey>> AssumeRoleWithWebIdentity(const std::string& token,
                                                     const RoleRequest& request) const;

 private:
  net::HttpRequest Form(std::string_view action, const RoleRequest& request) const;
  Result<Expiring<AwsKey>> Read(std::string_view action, const RoleRequest& request,
                                const net::HttpResponse& answer, std::int64_t skew_ms) const;
  std::int64_t SkewOf(const net::HttpResponse& answer) const;

  const std::string url_;
  const SigV4 signer_;
  const std::shared_ptr<const net::HttpClient> http_;
  const Clock& clock_;
};

/// Keys of a role, assumed with others.
KeySourcePtr MakeAssumedRole(std::shared_ptr<const Sts> sts, std::shared_ptr<const AwsKeys> as,
                             RoleRequest request);

/// AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, as Kubernetes gives them to a
/// pod.
KeySourcePtr MakeWebIdentityKeys(std::shared_ptr<const Sts> sts, const Surroundings& here);

/// Keys of a role for the token in a file, which is read anew each time.
Result<Expiring<AwsKey>> FetchWithTokenFile(const Sts& sts, const std::string& token_file,
                                            const RoleRequest& request);

}  // namespace sluice::storage
