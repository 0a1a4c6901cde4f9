#include "storage/s3/sigv4.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/uri.h"

namespace sluice::storage {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

/// A URL taken apart, each part as it goes out.
struct UrlParts {
  std::string_view host;  ///< With its port.
  std::string_view path;
  std::string_view query;
};

UrlParts Split(std::string_view url) {
  const std::size_t begin = url.find("://") + 3;
  const std::size_t host_end = std::min(url.find_first_of("/?", begin), url.size());
  const std::size_t path_end = std::min(url.find('?', host_end), url.size());
  UrlParts out{url.substr(begin, host_end - begin), url.substr(host_end, path_end - host_end), {}};
  if (out.path.empty()) out.path = "/";
  if (path_end < url.size()) out.query = url.substr(path_end + 1);
  return out;
}

std::string StringToSign(std::string_view date, const SigningKey& key) {
  return fmt::format("{}\n{}\n{}\n", kAlgorithm, date, key.scope);
}

HmacKey DeriveKey(const AwsKey& key, std::string_view day, std::string_view region,
                  std::string_view service) {
  Sha256Digest digest = HmacKey("AWS4" + key.secret_access_key).Sign(day);
  for (const std::string_view part : {region, service, std::string_view("aws4_request")}) {
    digest = HmacKey(AsView(digest)).Sign(part);
  }
  return HmacKey(AsView(digest));
}

}  // namespace

std::string AmzDate(std::int64_t now_ms) {
  return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(static_cast<std::time_t>(now_ms / 1000)));
}

SigningKey::SigningKey(const AwsKey& key, std::string_view day, std::string_view region,
                       std::string_view service)
    : scope(fmt::format("{}/{}/{}/aws4_request", day, region, service)),
      hmac(DeriveKey(key, day, region, service)) {}

std::shared_ptr<const SigningKey> SigV4::KeyFor(const AwsKeyPtr& key, std::int64_t now_ms) const {
  const std::string day = AmzDate(now_ms).substr(0, 8);
  const std::lock_guard lock(mutex_);
  if (kept_of_ != key || kept_day_ != day) {
    kept_ = std::make_shared<const SigningKey>(key->value, day, region_, service_);
    kept_of_ = key;
    kept_day_ = day;
  }
  return kept_;
}

void SigV4::Sign(const AwsKeyPtr& key, std::int64_t now_ms, net::HttpRequest* request) const {
  const std::string date = AmzDate(now_ms);
  const auto signing = KeyFor(key, now_ms);
  const std::string payload = Sha256Hex(request->body);
  request->headers.emplace_back("X-Amz-Date", date);
  if (service_ == "s3") request->headers.emplace_back("X-Amz-Content-Sha256", payload);
  if (!key->value.session_token.empty()) {
    request->headers.emplace_back("X-Amz-Security-Token", key->value.session_token);
  }

  const UrlParts url = Split(request->url);
  std::vector<std::pair<std::string, std::string_view>> headers = {{"host", url.host}};
  for (const auto& [name, value] : request->headers) {
    headers.emplace_back(ToLower(name), Trim(value));
  }
  std::sort(headers.begin(), headers.end());
  std::string lines;
  std::string names;
  for (const auto& [name, value] : headers) {
    lines.append(name).append(":").append(value).append("\n");
    names.append(names.empty() ? "" : ";").append(name);
  }
  const std::string canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request->method, url.path,
                                            url.query, lines, names, payload);
  const std::string to_sign = StringToSign(date, *signing) + Sha256Hex(canonical);
  request->headers.emplace_back(
      "Authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}",
                                   kAlgorithm, key->value.access_key_id, signing->scope, names,
                                   HexEncode(AsView(signing->hmac.Sign(to_sign)))));
}

Presigner::Presigner(const AwsKey& key, const SigningKey& signing, PresignScope scope)
    : before_name_(scope.origin + scope.path_prefix),
      signer_(signing.hmac.After(StringToSign(AmzDate(scope.signed_at_ms), signing))) {
  std::string query =
      fmt::format("X-Amz-Algorithm={}&X-Amz-Credential={}&X-Amz-Date={}&X-Amz-Expires={}",
                  kAlgorithm, PercentEncode(key.access_key_id + "/" + signing.scope),
                  AmzDate(scope.signed_at_ms), scope.valid_seconds);
  if (!key.session_token.empty()) {
    query += "&X-Amz-Security-Token=" + PercentEncode(key.session_token);
  }
  query += "&X-Amz-SignedHeaders=host";
  const std::string_view host = Split(scope.origin).host;
  after_path_ = fmt::format("\n{}\nhost:{}\n\nhost\nUNSIGNED-PAYLOAD", query, host);
  before_path_.Add("GET\n").Add(scope.path_prefix);
  query_ = "?" + query + "&X-Amz-Signature=";
}

void Presigner::AppendUrl(std::string_view name, std::string* out) const {
  out->append(before_name_);
  const std::size_t begin = out->size();
  AppendPercentEncoded(name, true, out);
  // The digest is signed as the text of its digits.
  const std::array<char, 64> hex =
      HexDigits(before_path_.Digest({std::string_view(*out).substr(begin), after_path_}));
  out->append(query_);
  AppendHex(AsView(signer_.Sign({hex.data(), hex.size()})), out);
}

}  // namespace sluice::storage
