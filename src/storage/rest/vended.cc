#include "storage/rest/vended.h"

#include <utility>

namespace sluice::storage {
namespace {

/// Vendors decide for themselves how long credentials last; this is a wish.
constexpr std::int64_t kValidityMs = 60 * 60'000;
constexpr std::int64_t kRequestMs = 60'000;

}  // namespace

Status CheckOnlyVended(const StoreOptions& options, std::initializer_list<std::string_view> own) {
  for (const std::string_view name : own) {
    for (const std::string& option : {std::string(name), std::string(name) + "File"}) {
      if (options.find(option) == options.end()) continue;
      return Fail(ErrorKind::kInvalidArgument,
                  "leave {} out: the table's server gives the credentials", option);
    }
  }
  return {};
}

Result<TemporaryCredentials> Vend(const CredentialVendor& vendor, StoreKind kind) {
  SLUICE_TRY(auto credentials, vendor.Vend(kValidityMs));
  if (credentials.kind == kind) return credentials;
  return Fail(ErrorKind::kMalformed, "credentials of {} were given for a folder in {}",
              KindName(credentials.kind), KindName(kind));
}

Result<std::string> FieldOf(const TemporaryCredentials& credentials, const std::string& name) {
  const auto found = credentials.fields.find(name);
  if (found != credentials.fields.end()) return found->second;
  return Fail(ErrorKind::kMalformed, "credentials of {} were given without {}",
              KindName(credentials.kind), name);
}

Renewing<std::string>::Fetch VendedText(std::shared_ptr<const CredentialVendor> vendor,
                                        StoreKind kind, std::string field) {
  return [vendor = std::move(vendor), kind,
          field = std::move(field)]() -> Result<Expiring<std::string>> {
    SLUICE_TRY(const auto credentials, Vend(*vendor, kind));
    SLUICE_TRY(auto text, FieldOf(credentials, field));
    return Expiring<std::string>{std::move(text), credentials.expires_at_ms};
  };
}

net::HttpOptions ReachedFrom(const Surroundings& here, const std::string& ca_file,
                             bool verify_tls) {
  net::HttpOptions http = here.http;
  if (!ca_file.empty()) http.ca_file = ca_file;
  http.verify_tls = http.verify_tls && verify_tls;
  if (http.request_timeout_ms == 0) http.request_timeout_ms = kRequestMs;
  if (http.user_agent.empty()) http.user_agent = "sluice/" SLUICE_VERSION;
  return http;
}

}  // namespace sluice::storage
