#include "auth/oidc/key_fetch.h"

#include "base/encoding.h"
#include "json/answer.h"
#include "oauth/issuer_url.h"

namespace sluice::auth {
namespace {

constexpr std::int64_t kMaxDocumentBytes = std::int64_t{512} << 10;
constexpr std::int64_t kConnectTimeoutMs = 5'000;
constexpr std::int64_t kTimeoutMs = 10'000;
constexpr std::size_t kMaxShown = 200;
constexpr std::string_view kDiscoveryPath = "/.well-known/openid-configuration";

Result<std::string> Fetch(const net::HttpClient& http, const std::string& url) {
  net::HttpRequest request;
  request.url = url;
  request.headers = {{"Accept", "application/json"}};
  request.follow_redirects = false;
  request.max_body_bytes = kMaxDocumentBytes;
  SLUICE_TRY(auto answer, http.Send(request));
  if (answer.status == 200) return std::move(answer.body);
  return Fail(ErrorKind::kUnavailable, "{}: status {}{}", url, answer.status,
              answer.status / 100 == 3 ? "; redirects are not followed" : "");
}

Result<std::string> Discover(const net::HttpClient& http, const std::string& issuer) {
  std::string url = issuer;
  while (url.ends_with('/')) url.pop_back();
  url += kDiscoveryPath;
  SLUICE_TRY(const std::string text, Fetch(http, url));
  const auto document = json::ParseJsonObject(text);
  if (!document) return Fail(document.error().At(url));
  if (json::TextOf(*document, "issuer") != issuer) {
    return Fail(ErrorKind::kCorrupt, "{}: is of the issuer '{}'", url,
                Printable(json::TextOf(*document, "issuer"), kMaxShown));
  }
  std::string keys(json::TextOf(*document, "jwks_uri"));
  // The document is the issuer's word; it must not send this server anywhere else.
  if (oauth::CheckIssuerUrl(keys) && oauth::SameOrigin(keys, issuer)) return keys;
  return Fail(ErrorKind::kCorrupt,
              "{}: its jwks_uri '{}' is not of the issuer's own host; set jwksUri if it is right",
              url, Printable(keys, kMaxShown));
}

}  // namespace

net::HttpOptions KeyFetchOptions(const KeySource& source, net::CancelCheck cancelled) {
  net::HttpOptions options;
  options.max_retries = 0;  // Whoever fetches comes back.
  options.connect_timeout_ms = kConnectTimeoutMs;
  options.stall_timeout_ms = kTimeoutMs;
  options.request_timeout_ms = kTimeoutMs;
  options.ca_file = source.ca_file;
  options.user_agent = "sluice/" SLUICE_VERSION;
  options.cancelled = std::move(cancelled);
  return options;
}

Result<oauth::JwkSet> FetchKeys(const net::HttpClient& http, const KeySource& source) {
  std::string url = source.jwks_uri;
  if (url.empty()) {
    SLUICE_TRY(url, Discover(http, source.issuer));
  }
  SLUICE_TRY(const std::string text, Fetch(http, url));
  auto keys = oauth::JwkSet::Parse(text);
  if (!keys) return Fail(keys.error().At(url));
  return keys;
}

}  // namespace sluice::auth
