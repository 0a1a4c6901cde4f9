#include "storage/s3/s3_options.h"

#include <algorithm>

#include "base/encoding.h"
#include "storage/rest/option_reader.h"

namespace sluice::storage {
namespace {

Status CheckTogether(const S3Options& options) {
  const auto refuse = [](std::string_view text) {
    return Fail(ErrorKind::kInvalidArgument, "{}", text);
  };
  const AwsKey& key = options.key;
  if (key.access_key_id.empty() != key.secret_access_key.empty()) {
    return refuse("accessKeyId and secretAccessKey belong together; one of them is missing");
  }
  if (!key.session_token.empty() && key.access_key_id.empty()) {
    return refuse("sessionToken is there without accessKeyId and secretAccessKey");
  }
  if (!key.access_key_id.empty() && !options.profile.empty()) {
    return refuse("accessKeyId and profile each say which credentials to use; leave one out");
  }
  if (options.anonymous &&
      (!key.access_key_id.empty() || !options.profile.empty() || !options.role_arn.empty())) {
    return refuse("anonymous leaves no room for accessKeyId, profile or roleArn");
  }
  if (!options.external_id.empty() && options.role_arn.empty()) {
    return refuse("externalId is there without roleArn, the role it is for");
  }
  return {};
}

}  // namespace

Status CheckRegion(std::string_view region, std::string_view from) {
  const bool good = region.size() <= 64 && std::all_of(region.begin(), region.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                    });
  if (good) return {};
  return Fail(ErrorKind::kInvalidArgument,
              "{} is the name of a region such as eu-central-1, not '{}'", from,
              Printable(region, 64));
}

Result<S3Options> ReadS3Options(const StoreOptions& options) {
  OptionReader reader(options);
  S3Options out;
  out.region = reader.Text("region");
  out.endpoint = reader.Url("endpoint");
  out.public_endpoint = reader.Url("publicEndpoint");
  out.path_style = reader.Flag("pathStyle");
  out.anonymous = reader.Flag("anonymous").value_or(false);
  out.key.access_key_id = reader.Text("accessKeyId");
  out.key.secret_access_key = reader.Secret("secretAccessKey");
  out.key.session_token = reader.Secret("sessionToken");
  out.profile = reader.Text("profile");
  out.role_arn = reader.Text("roleArn");
  out.external_id = reader.Text("externalId");
  out.role_session_name = reader.Text("roleSessionName", "sluice");
  out.sts_endpoint = reader.Url("stsEndpoint");
  out.ca_file = reader.Text("caFile");
  out.verify_tls = reader.Flag("verifyTls").value_or(true);
  SLUICE_RETURN_IF_ERROR(reader.Done());
  SLUICE_RETURN_IF_ERROR(CheckRegion(out.region, "region"));
  SLUICE_RETURN_IF_ERROR(CheckTogether(out));
  return out;
}

}  // namespace sluice::storage
