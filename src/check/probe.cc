#include "check/probe.h"

#include "base/encoding.h"
#include "base/uri.h"
#include "protocol/capabilities.h"

namespace sluice::check {
namespace {

/// Larger answers are no help in judging, and come from tables that the survey passes over.
constexpr std::int64_t kMaxBodyBytes = std::int64_t{16} << 20;
constexpr std::int64_t kMaxFileBytes = std::int64_t{64} << 20;
constexpr std::int64_t kRequestTimeoutMs = 120'000;
constexpr std::size_t kMaxPlace = 300;
constexpr std::size_t kMaxCapabilities = 40;

std::string TargetOf(const Probe& probe) {
  const std::vector<std::string_view> arguments(probe.arguments.begin(), probe.arguments.end());
  std::string target = protocol::EndpointPath(probe.endpoint, arguments);
  char before = '?';
  for (const auto& [name, value] : probe.query) {
    target += fmt::format("{}{}={}", before, name, PercentEncode(value));
    before = '&';
  }
  return target;
}

/// As a person would tell of it. With the whole of the capabilities it is what makes two probes the
/// same.
std::string PlaceOf(const Probe& probe, std::size_t max_capabilities) {
  std::string place =
      fmt::format("{} {}", protocol::GetEndpoint(probe.endpoint).method, TargetOf(probe));
  if (!probe.body.empty()) place += " " + probe.body;
  if (!probe.capabilities.empty()) {
    place += fmt::format(" with {}: {}", protocol::kCapabilitiesHeader,
                         Printable(probe.capabilities, max_capabilities));
  }
  if (!probe.file_id_hash.empty()) {
    place += fmt::format(" with {}: {}", protocol::kFileIdHashHeader, probe.file_id_hash);
  }
  if (probe.credential == Credential::kNone) place += " without a token";
  if (probe.credential == Credential::kWrongToken) place += " with a wrong token";
  return place;
}

}  // namespace

Prober::Prober(protocol::Profile profile, net::HttpOptions options)
    : profile_(std::move(profile)),
      http_(std::make_shared<const net::HttpClient>(std::move(options))),
      authorization_(profile_.credential, profile_.expiration_time_ms, http_) {}

Result<net::HttpRequest> Prober::RequestOf(const Probe& probe) const {
  net::HttpRequest request;
  request.method = protocol::GetEndpoint(probe.endpoint).method;
  request.url = profile_.endpoint + TargetOf(probe);
  request.max_body_bytes = kMaxBodyBytes;
  request.timeout_ms = kRequestTimeoutMs;
  if (probe.credential == Credential::kToken) {
    SLUICE_TRY(const auto shown, authorization_.Get({}));
    request.headers.emplace_back("Authorization", shown->value);
  } else if (probe.credential == Credential::kWrongToken) {
    // Nobody's: as long as a token, and made of other letters.
    request.headers.emplace_back("Authorization", "Bearer no-such-token-0123456789abcdef");
  }
  if (!probe.capabilities.empty()) {
    request.headers.emplace_back(protocol::kCapabilitiesHeader, probe.capabilities);
  }
  if (!probe.file_id_hash.empty()) {
    request.headers.emplace_back(protocol::kFileIdHashHeader, probe.file_id_hash);
  }
  if (request.method == "POST") {
    request.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    request.body = probe.body;
  }
  return request;
}

Result<Answer> Prober::AskAgain(const Probe& probe) const {
  ++requests_;
  SLUICE_TRY(const auto request, RequestOf(probe));
  SLUICE_TRY(auto response, http_->Send(request));
  return Answer{Printable(PlaceOf(probe, kMaxCapabilities), kMaxPlace),
                std::make_shared<const net::HttpResponse>(std::move(response))};
}

Result<Answer> Prober::Ask(const Probe& probe) {
  const std::string key = PlaceOf(probe, std::string::npos);
  if (const auto known = answers_.find(key); known != answers_.end()) return known->second;
  SLUICE_TRY(auto answer, AskAgain(probe));
  answers_.emplace(key, answer);
  return answer;
}

Result<Answer> Prober::Fetch(const std::string& url, const std::string& range) const {
  ++requests_;
  net::HttpRequest request;
  request.url = url;
  request.max_body_bytes = kMaxFileBytes;
  request.timeout_ms = kRequestTimeoutMs;
  request.headers = {{"Accept-Encoding", "identity"}};
  if (!range.empty()) request.headers.emplace_back("Range", range);
  auto response = http_->Send(request);
  if (!response) {
    // A URL that is none is the server's doing, not the connection's.
    if (response.error().kind != ErrorKind::kInvalidArgument) return Fail(response.error());
    return Fail(ErrorKind::kMalformed, "the URL of a data file is none: {}",
                response.error().message);
  }
  return Answer{range.empty() ? "GET of a data file" : "GET of a data file with Range: " + range,
                std::make_shared<const net::HttpResponse>(*std::move(response))};
}

}  // namespace sluice::check
