#include "storage/gcs/gcs_options.h"

#include <algorithm>

#include "storage/rest/option_reader.h"

namespace sluice::storage {
namespace {

tl::unexpected<Error> Bad(std::string_view text) {
  return Fail(ErrorKind::kInvalidArgument, "{}", text);
}

/// It becomes a part of a URL's path.
bool IsAccount(std::string_view text) {
  return text.find('@') != std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("@.-_:").find(c) != std::string_view::npos;
         });
}

Status Check(const GcsOptions& options) {
  if (options.hmac_key_id.empty() != options.hmac_secret.empty()) {
    return Bad("hmacKeyId and hmacSecret are given together");
  }
  if (!options.impersonate.empty() && !IsAccount(options.impersonate)) {
    return Bad("impersonateServiceAccount is the e-mail address of a service account");
  }
  if (options.anonymous && (!options.credentials.empty() || !options.impersonate.empty() ||
                            !options.hmac_key_id.empty())) {
    return Bad("anonymous: true leaves no use for credentials; leave one of them out");
  }
  return {};
}

/// Google's own clients take "host:port" there as well as a URL.
std::string EmulatorUrl(std::string host) {
  if (!host.empty() && host.find("://") == std::string::npos) host.insert(0, "http://");
  return host;
}

}  // namespace

Result<GcsOptions> ParseGcsOptions(const StoreOptions& options, const Surroundings& here) {
  const std::string emulator = EmulatorUrl(here.variable("STORAGE_EMULATOR_HOST"));
  OptionReader reader(options);
  GcsOptions out;
  out.endpoint = reader.Url("endpoint", emulator.empty() ? kGcsEndpoint : emulator);
  out.public_endpoint = reader.Url("publicEndpoint", out.endpoint);
  out.credentials = reader.Secret("credentials");
  out.impersonate = reader.Text("impersonateServiceAccount");
  out.user_project = reader.Text("userProject");
  out.hmac_key_id = reader.Text("hmacKeyId");
  out.hmac_secret = reader.Secret("hmacSecret");
  out.ca_file = reader.Text("caFile");
  out.verify_tls = reader.Flag("verifyTls").value_or(true);
  out.iam_endpoint = reader.Url("iamEndpoint", "https://iamcredentials.googleapis.com");
  out.sts_endpoint = reader.Url("stsEndpoint", "https://sts.googleapis.com");
  const bool emulated = !emulator.empty() && !reader.Has("endpoint") && out.credentials.empty() &&
                        out.impersonate.empty() && out.hmac_key_id.empty();
  out.anonymous = reader.Flag("anonymous").value_or(emulated);
  SLUICE_RETURN_IF_ERROR(reader.Done());
  SLUICE_RETURN_IF_ERROR(Check(out));
  return out;
}

}  // namespace sluice::storage
