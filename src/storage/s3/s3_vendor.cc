#include "storage/s3/s3_vendor.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace sluice::storage {
namespace {

constexpr std::int64_t kShortestSeconds = 900;
constexpr std::int64_t kLongestSeconds = 12 * 3600;
/// What every role allows, and the most for one that is assumed by another.
constexpr std::int64_t kHour = 3600;

/// In a policy '*' and '?' stand for others, and '$' begins a variable.
std::string PolicyText(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '$') {
      out.append("${").append(1, c).append("}");
    } else {
      out += c;
    }
  }
  return out;
}

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

/// "aws" of "arn:aws:iam::…"; China and others have partitions of their own.
std::string_view Partition(std::string_view role_arn) {
  if (!role_arn.starts_with("arn:aws")) return "aws";
  role_arn.remove_prefix(4);
  return role_arn.substr(0, role_arn.find(':'));
}

class S3Vendor final : public CredentialVendor {
 public:
  S3Vendor(VendedRole role, Location location, const Clock& clock)
      : role_(std::move(role)), location_(std::move(location)), clock_(clock) {}

  Result<TemporaryCredentials> Vend(std::int64_t validity_ms) const override {
    if (!role_.role) {
      return Fail(ErrorKind::kUnsupported,
                  "{}: temporary credentials need the option roleArn, a role "
                  "to give a part of, or "
                  "the option stsEndpoint of a store that needs none",
                  location_.Text());
    }
    RoleRequest request = *role_.role;
    request.policy = FolderPolicy(request.role_arn, location_);
    request.duration_seconds = std::clamp(validity_ms / 1000, kShortestSeconds, kLongestSeconds);
    auto key = Assume(&request);
    if (!key) return Fail(key.error().At(location_.Text()));
    TemporaryCredentials out;
    out.fields = {{"accessKeyId", key->value.access_key_id},
                  {"secretAccessKey", key->value.secret_access_key},
                  {"sessionToken", key->value.session_token}};
    out.location = location_.Text();
    out.expires_at_ms = key->expires_at_ms;
    return out;
  }

 private:
  Result<Expiring<AwsKey>> Assume(RoleRequest* request) const {
    SLUICE_TRY(const auto own, role_.as->Get());
    if (!own->value.session_token.empty()) {
      request->duration_seconds = std::min(request->duration_seconds, kHour);
    }
    auto key = role_.sts->AssumeRole(*role_.as, *request);
    const bool too_long = !key && request->duration_seconds > kHour &&
                          key.error().message.find("DurationSeconds") != std::string::npos;
    if (!too_long) return key;
    request->duration_seconds = kHour;
    return role_.sts->AssumeRole(*role_.as, *request);
  }

  const VendedRole role_;
  const Location location_;
  const Clock& clock_;
};

}  // namespace

std::string FolderPolicy(std::string_view role_arn, const Location& location) {
  const std::string bucket =
      fmt::format("arn:{}:s3:::{}", Partition(role_arn), PolicyText(location.bucket));
  const std::string below = PolicyText(FolderPrefix(location.folder)) + "*";
  const std::string condition =
      location.folder.empty()
          ? ""
          : fmt::format(R"(,"Condition":{{"StringLike":{{"s3:prefix":[{}]}}}})", Quoted(below));
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[)"
                     R"({{"Effect":"Allow","Action":["s3:GetObject"],"Resource":[{}]}},)"
                     R"({{"Effect":"Allow","Action":["s3:ListBucket"],"Resource":[{}]{}}}]}})",
                     Quoted(bucket + "/" + below), Quoted(bucket), condition);
}

std::shared_ptr<const CredentialVendor> MakeS3Vendor(VendedRole role, Location location,
                                                     const Clock& clock) {
  return std::make_shared<const S3Vendor>(std::move(role), std::move(location), clock);
}

}  // namespace sluice::storage
