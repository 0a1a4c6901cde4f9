#include "storage/gcs/gcs_credentials.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/plain_text.h"
#include "oauth/token_request.h"

namespace sluice::storage {
namespace {

using oauth::TokenRequest;

constexpr std::int64_t kHalfAnHourMs = 30 * 60'000;
constexpr const char* kExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr const char* kAccessTokenType = "urn:ietf:params:oauth:token-type:access_token";

/// A string of the Common Expression Language.
std::string CelString(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\\' || c == '\'') {
      out.append({'\\', c});
    } else if (IsControl(c)) {
      out += fmt::format("\\x{:02x}", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  return out + "'";
}

/// Objects below the folder, and listings of names below it.
std::string Condition(const std::string& bucket, const std::string& prefix) {
  const std::string objects = fmt::format("projects/_/buckets/{}/objects/{}", bucket, prefix);
  return fmt::format(
      "resource.name.startsWith({}) || "
      "api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith({})",
      CelString(objects), CelString(prefix));
}

std::string Boundary(const Location& location) {
  boost::json::object rule = {
      {"availableResource", "//storage.googleapis.com/projects/_/buckets/" + location.bucket},
      {"availablePermissions", boost::json::array{"inRole:roles/storage.objectViewer"}}};
  if (!location.folder.empty()) {
    rule["availabilityCondition"] = boost::json::object{
        {"expression", Condition(location.bucket, FolderPrefix(location.folder))}};
  }
  const boost::json::object boundary = {
      {"accessBoundary",
       boost::json::object{{"accessBoundaryRules", boost::json::array{std::move(rule)}}}}};
  return boost::json::serialize(boundary);
}

class GcsVendor final : public CredentialVendor {
 public:
  GcsVendor(GcsVendorOptions options, const Clock& clock)
      : options_(std::move(options)), clock_(clock), boundary_(Boundary(options_.location)) {}

  Result<TemporaryCredentials> Vend(std::int64_t validity_ms) const override {
    const std::string place = options_.location.Text();
    const auto own = options_.tokens->GetFor(std::min(validity_ms, kHalfAnHourMs));
    if (!own) return Fail(own.error().At(place));
    TokenRequest request;
    request.who = "the Security Token Service";
    request.url = options_.sts_endpoint + "/v1/token";
    request.form = {{"grant_type", kExchangeGrant},
                    {"requested_token_type", kAccessTokenType},
                    {"subject_token_type", kAccessTokenType},
                    {"subject_token", own->value},
                    {"options", boundary_}};
    // It leaves that out for the token of a service account, whose end is the new one's.
    request.ends_otherwise_ms = own->expires_at_ms;
    auto token = RequestToken(*options_.http, request, clock_);
    if (!token) return Fail(token.error().At(place));
    TemporaryCredentials out;
    out.kind = StoreKind::kGcs;
    out.fields["oauthToken"] = std::move(token->value);
    out.location = place;
    out.expires_at_ms = std::min(token->expires_at_ms, own->expires_at_ms);
    return out;
  }

 private:
  const GcsVendorOptions options_;
  const Clock& clock_;
  const std::string boundary_;
};

}  // namespace

std::shared_ptr<const CredentialVendor> MakeGcsVendor(GcsVendorOptions options,
                                                      const Clock& clock) {
  return std::make_shared<const GcsVendor>(std::move(options), clock);
}

}  // namespace sluice::storage
