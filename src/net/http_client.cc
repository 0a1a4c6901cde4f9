#include "net/http_client.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/plain_text.h"
#include "net/handle_pool.h"
#include "net/origin_set.h"
#include "net/retry.h"
#include "net/transfer.h"

namespace sluice::net {
namespace {

/// A peer that never answered is more often a wrong name than a short outage: the person who
/// mistyped it should not wait for all retries.
constexpr int kMaxConnectRetries = 5;
constexpr int kMaxStallRetries = 2;

constexpr std::string_view kProxySchemes[] = {"http",    "https",  "socks4",
                                              "socks4a", "socks5", "socks5h"};

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool IsFieldValue(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return IsControl(c) && c != '\t'; });
}

/// What would otherwise become another request than the caller meant.
Result<Uri> CheckRequest(const HttpRequest& request) {
  auto uri = ParseUri(request.url);
  if (!uri) return Fail(ErrorKind::kInvalidArgument, "no URL to ask: {}", uri.error().message);
  if ((uri->scheme != "http" && uri->scheme != "https") || uri->host.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "a URL must begin with http:// or https:// and a host");
  }
  if (!IsToken(request.method)) {
    return Fail(ErrorKind::kInvalidArgument, "{}: the method is no HTTP method", uri->Origin());
  }
  for (const Header& header : request.headers) {
    if (auto status = CheckHeader(header); !status) return Fail(status.error().At(uri->Origin()));
  }
  if (request.range && (request.range->first < 0 || request.range->second < request.range->first)) {
    return Fail(ErrorKind::kInvalidArgument, "{}: {}-{} is no range of bytes", uri->Origin(),
                request.range->first, request.range->second);
  }
  return *std::move(uri);
}

bool IsWorthARetry(int status) {
  return status == 429 || status >= 500;
}

}  // namespace

Status CheckHeader(const Header& header) {
  if (IsToken(header.first) && IsFieldValue(header.second)) return {};
  return Fail(ErrorKind::kInvalidArgument,
              "a header's name or value holds a character that HTTP does not allow");
}

Status CheckProxy(std::string_view url) {
  std::string_view host = url;
  std::string scheme = "http";
  if (const auto end = url.find("://"); end != std::string_view::npos) {
    scheme = ToLower(url.substr(0, end));
    host.remove_prefix(end + 3);
  }
  if (const auto at = host.find('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  const bool known = std::find(std::begin(kProxySchemes), std::end(kProxySchemes), scheme) !=
                     std::end(kProxySchemes);
  const auto uri = ParseUri("http://" + std::string(host));
  if (known && IsFieldValue(url) && uri && !uri->host.empty()) return {};
  return Fail(ErrorKind::kInvalidArgument,
              "a proxy is a URL such as http://host:8080, where http may be https or socks5h, or "
              "http://user:password@host:8080, where '@' in a password is %40");
}

std::string BasicCredentials(const Login& login) {
  return Base64Encode(login.user + ":" + login.password);
}

std::string_view HttpResponse::Get(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

struct HttpClient::Impl {
  explicit Impl(HttpOptions given) : options(std::move(given)), process(::getpid()) {}

  Result<HttpResponse> Run(const Call& call);
  Result<HttpResponse> Try(const Call& call, RetryClass* retry);
  /// How long to wait before the next try, nothing when there is none.
  std::optional<std::int64_t> NextPause(const Call& call, const Result<HttpResponse>& result,
                                        RetryClass retry, int tries) const;

  bool IsOfThisProcess() const { return ::getpid() == process; }

  const HttpOptions options;
  const pid_t process;
  HandlePool pool;
  OriginSet answered;
};

Result<HttpResponse> HttpClient::Impl::Try(const Call& call, RetryClass* retry) {
  const std::string origin = call.uri.Origin();
  auto handle = pool.Take(origin);
  Transfer transfer(options, call, *handle);
  Result<HttpResponse> result = transfer.Run(retry);
  if (transfer.answered()) answered.Add(origin);
  pool.GiveBack(origin, std::move(handle));
  return result;
}

std::optional<std::int64_t> HttpClient::Impl::NextPause(const Call& call,
                                                        const Result<HttpResponse>& result,
                                                        RetryClass retry, int tries) const {
  int allowed = options.max_retries;
  const bool restarts = options.outlasts_restarts && answered.Has(call.uri.Origin());
  if (retry == RetryClass::kConnect && !restarts) allowed = std::min(allowed, kMaxConnectRetries);
  if (retry == RetryClass::kStalled) allowed = std::min(allowed, kMaxStallRetries);
  if (tries > allowed) return std::nullopt;
  if (!result && retry == RetryClass::kNever) return std::nullopt;
  if (result && !IsWorthARetry(result->status)) return std::nullopt;
  std::optional<std::int64_t> asked;
  if (result) asked = ParseRetryAfter(result->Get("retry-after"), std::time(nullptr));
  if (asked && *asked > kMaxRetryAfterMs) return std::nullopt;
  return asked ? *asked : BackoffMillis(options.first_backoff_ms, tries);
}

Result<HttpResponse> HttpClient::Impl::Run(const Call& call) {
  for (int tries = 1;; ++tries) {
    RetryClass retry = RetryClass::kNever;
    Result<HttpResponse> result = Try(call, &retry);
    const auto pause = NextPause(call, result, retry, tries);
    if (!pause || SteadyMillis() + *pause >= call.deadline_ms) {
      if (!result && tries > 1) result.error().message += fmt::format(" ({} tries)", tries);
      return result;
    }
    spdlog::debug("{}: {}, next try in {} ms", call.Place(),
                  result ? fmt::format("status {}", result->status) : result.error().message,
                  *pause);
    if (auto waited = Pause(*pause, call.cancelled); !waited) {
      return Fail(waited.error().At(call.Place()));
    }
  }
}

HttpClient::HttpClient(HttpOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

HttpClient::~HttpClient() {
  // After a fork the connections are the parent's, who would see them closed.
  if (!impl_->IsOfThisProcess()) static_cast<void>(impl_.release());
}

Result<HttpResponse> HttpClient::Send(const HttpRequest& request,
                                      const CancelCheck& cancelled) const {
  return Stream(request, {}, {}, cancelled);
}

Result<HttpResponse> HttpClient::Stream(
    const HttpRequest& request, const BodySink& sink,
    const std::function<Status(const HttpResponse&)>& on_headers,
    const CancelCheck& cancelled) const {
  if (!impl_->IsOfThisProcess()) {
    // Two processes on one connection would read each other's answers.
    return Fail(ErrorKind::kInvalidArgument,
                "the client was opened before this process was forked: open one here");
  }
  SLUICE_TRY(Uri uri, CheckRequest(request));
  const HttpOptions& options = impl_->options;
  if (!options.proxy.empty()) SLUICE_RETURN_IF_ERROR(CheckProxy(options.proxy));
  std::int64_t limit = request.timeout_ms;
  if (limit <= 0 && !sink) limit = options.request_timeout_ms;
  const std::int64_t deadline =
      limit > 0 ? SteadyMillis() + limit : std::numeric_limits<std::int64_t>::max();
  const CancelCheck& stop = cancelled ? cancelled : options.cancelled;
  const Call call{request, sink, on_headers, stop, std::move(uri), limit, deadline};
  auto result = impl_->Run(call);
  // Headers of a success were announced before its body.
  if (result && on_headers && (result->status < 200 || result->status > 299)) {
    SLUICE_RETURN_IF_ERROR(on_headers(*result));
  }
  return result;
}

}  // namespace sluice::net
