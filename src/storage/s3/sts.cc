#include "storage/s3/sts.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/uri.h"
#include "storage/rest/option_reader.h"
#include "storage/rest/xml.h"
#include "storage/s3/s3_endpoint.h"

namespace sluice::storage {
namespace {

constexpr std::int64_t kMaxAnswerBytes = 1 << 20;
constexpr std::int64_t kTimeoutMs = 30'000;
constexpr std::int64_t kMaxSkewMs = 5 * 60'000;
constexpr std::size_t kMaxSaid = 300;

std::string UrlOf(const StsPlace& place) {
  if (!place.url.empty()) return place.url + (place.url.ends_with('/') ? "" : "/");
  return fmt::format("https://sts.{}.{}/", place.region, AwsDomain(place.region));
}

void AppendField(std::string_view name, std::string_view value, std::string* body) {
  if (value.empty()) return;
  body->append(body->empty() ? "" : "&").append(name).append("=");
  AppendPercentEncoded(value, false, body);
}

/// The code of a refusal; empty where it has none.
std::string CodeOf(const net::HttpResponse& answer) {
  const auto xml = XmlDocument::Parse(answer.body);
  return xml ? std::string(XmlText(xml->root().child("Error"), "Code")) : std::string();
}

}  // namespace

Sts::Sts(StsPlace place, std::shared_ptr<const net::HttpClient> http, const Clock& clock)
    : url_(UrlOf(place)), signer_(place.region, "sts"), http_(std::move(http)), clock_(clock) {}

std::int64_t Sts::SkewOf(const net::HttpResponse& answer) const {
  const auto date = ParseHttpDate(answer.Get("date"));
  const std::int64_t skew = date ? *date * 1000 - clock_.NowMillis() : 0;
  return std::abs(skew) > kMaxSkewMs ? skew : 0;
}

net::HttpRequest Sts::Form(std::string_view action, const RoleRequest& request) const {
  net::HttpRequest out;
  out.method = "POST";
  out.url = url_;
  out.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  out.max_body_bytes = kMaxAnswerBytes;
  out.timeout_ms = kTimeoutMs;
  AppendField("Action", action, &out.body);
  AppendField("Version", "2011-06-15", &out.body);
  AppendField("RoleArn", request.role_arn, &out.body);
  AppendField("RoleSessionName", request.session_name, &out.body);
  AppendField("ExternalId", request.external_id, &out.body);
  AppendField("Policy", request.policy, &out.body);
  if (request.duration_seconds > 0) {
    AppendField("DurationSeconds", std::to_string(request.duration_seconds), &out.body);
  }
  return out;
}

Result<Expiring<AwsKey>> Sts::Read(std::string_view action, const RoleRequest& request,
                                   const net::HttpResponse& answer, std::int64_t skew_ms) const {
  const std::string what =
      fmt::format("{} {}{}", url_, action,
                  request.role_arn.empty() ? "" : " of '" + Printable(request.role_arn, 200) + "'");
  const auto xml = XmlDocument::Parse(answer.body);
  if (answer.status != 200) {
    std::string said = CodeOf(answer);
    if (xml) said += ": " + std::string(XmlText(xml->root().child("Error"), "Message"));
    const bool later = answer.status == 429 || answer.status >= 500;
    return Fail(later ? ErrorKind::kUnavailable : ErrorKind::kPermissionDenied,
                "{} was answered {} {}", what, answer.status, Printable(said, kMaxSaid));
  }
  if (!xml) return Fail(xml.error().At(what));
  const std::string result = std::string(action) + "Result";
  const auto node = xml->root().child(result.c_str()).child("Credentials");
  Expiring<AwsKey> out;
  out.value = {std::string(XmlText(node, "AccessKeyId")),
               std::string(XmlText(node, "SecretAccessKey")),
               std::string(XmlText(node, "SessionToken"))};
  const auto ends = ParseTimestamp(XmlText(node, "Expiration"));
  if (out.value.access_key_id.empty() || out.value.secret_access_key.empty() || !ends) {
    return Fail(ErrorKind::kUnavailable, "{} was answered without keys and their end", what);
  }
  out.expires_at_ms = *ends - skew_ms;
  return out;
}

Result<Expiring<AwsKey>> Sts::AssumeRole(const AwsKeys& as, const RoleRequest& request) const {
  const net::HttpRequest form = Form("AssumeRole", request);
  std::int64_t skew = 0;
  for (bool again = false;; again = true) {
    SLUICE_TRY(const auto key, as.Get());
    net::HttpRequest signed_form = form;
    signer_.Sign(key, clock_.NowMillis() + skew, &signed_form);
    SLUICE_TRY(const auto answer, http_->Send(signed_form));
    const std::string code = answer.status == 200 ? "" : CodeOf(answer);
    const bool expired = code == "ExpiredToken" || code == "InvalidClientTokenId" ||
                         code == "InvalidAccessKeyId" || code == "ExpiredTokenException";
    const std::int64_t now_skew = answer.status == 200 ? 0 : SkewOf(answer);
    if (again || (!expired && now_skew == 0)) return Read("AssumeRole", request, answer, skew);
    skew = now_skew;
    if (expired) as.Forget();
  }
}

Result<Expiring<AwsKey>> Sts::AssumeRoleWithWebIdentity(const std::string& token,
                                                        const RoleRequest& request) const {
  net::HttpRequest form = Form("AssumeRoleWithWebIdentity", request);
  AppendField("WebIdentityToken", token, &form.body);
  SLUICE_TRY(const auto answer, http_->Send(form));
  return Read("AssumeRoleWithWebIdentity", request, answer, SkewOf(answer));
}

Result<Expiring<AwsKey>> FetchWithTokenFile(const Sts& sts, const std::string& token_file,
                                            const RoleRequest& request) {
  const auto token = ReadOptionFile(token_file);
  if (!token) {
    return Fail(ErrorKind::kPermissionDenied, "the web identity token file {}",
                token.error().message);
  }
  std::string_view text = *token;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.remove_suffix(1);
  }
  return sts.AssumeRoleWithWebIdentity(std::string(text), request);
}

namespace {

class AssumedRole final : public KeySource {
 public:
  AssumedRole(std::shared_ptr<const Sts> sts, std::shared_ptr<const AwsKeys> as,
              RoleRequest request)
      : sts_(std::move(sts)), as_(std::move(as)), request_(std::move(request)) {}
  Result<Expiring<AwsKey>> Fetch() const override { return sts_->AssumeRole(*as_, request_); }

 private:
  const std::shared_ptr<const Sts> sts_;
  const std::shared_ptr<const AwsKeys> as_;
  const RoleRequest request_;
};

class WebIdentityKeys final : public KeySource {
 public:
  WebIdentityKeys(std::shared_ptr<const Sts> sts, const Surroundings& here)
      : sts_(std::move(sts)), here_(here) {}

  Result<Expiring<AwsKey>> Fetch() const override {
    const std::string file = here_.variable("AWS_WEB_IDENTITY_TOKEN_FILE");
    if (file.empty()) return Fail(ErrorKind::kNotFound, "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
    RoleRequest request;
    request.role_arn = here_.variable("AWS_ROLE_ARN");
    if (request.role_arn.empty()) {
      return Fail(ErrorKind::kPermissionDenied,
                  "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not");
    }
    request.session_name = here_.variable("AWS_ROLE_SESSION_NAME");
    if (request.session_name.empty()) request.session_name = "sluice";
    return FetchWithTokenFile(*sts_, file, request);
  }

 private:
  const std::shared_ptr<const Sts> sts_;
  const Surroundings here_;
};

}  // namespace

KeySourcePtr MakeAssumedRole(std::shared_ptr<const Sts> sts, std::shared_ptr<const AwsKeys> as,
                             RoleRequest request) {
  return std::make_shared<const AssumedRole>(std::move(sts), std::move(as), std::move(request));
}

KeySourcePtr MakeWebIdentityKeys(std::shared_ptr<const Sts> sts, const Surroundings& here) {
  return std::make_shared<const WebIdentityKeys>(std::move(sts), here);
}

}  // namespace sluice::storage
