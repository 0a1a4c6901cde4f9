#include "server/api/service.h"

#include <fmt/compile.h>

#include <algorithm>

#include "protocol/endpoint.h"
#include "protocol/openapi.h"
#include "server/api/errand.h"
#include "server/api/error_response.h"
#include "server/api/file_download.h"
#include "server/api/metrics_answer.h"
#include "server/api/outcome.h"
#include "server/api/recent_answers.h"

namespace sluice::api {
namespace {

constexpr std::string_view kFilesPath = "/_files/";
/// At the root, and below the prefix for those who reach nothing else.
constexpr std::string_view kDescriptionPath = "/openapi.json";

/// The keys of one purpose, that which signs first.
std::vector<HmacKey> DeriveKeys(const ServiceOptions& options, std::string_view purpose) {
  std::vector<HmacKey> keys;
  const auto derive = [&](std::string_view secret) {
    keys.emplace_back(AsView(HmacKey(secret).Sign(purpose)));
  };
  derive(options.secret);
  for (const auto& secret : options.accepted_secrets) derive(secret);
  return keys;
}

/// The path below the prefix, beginning with '/'; nullopt when it is another.
std::optional<std::string> BelowPrefix(std::string_view path, std::string_view prefix) {
  // Several clients double slashes, also the first.
  while (path.starts_with("//")) path.remove_prefix(1);
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (path.empty()) return "/";
  if (path.front() != '/') return std::nullopt;
  return std::string(path);
}

bool IsAuthority(std::string_view host) {
  return !host.empty() && host.size() <= 255 &&
         std::all_of(host.begin(), host.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':' ||
                  c == '[' || c == ']';
         });
}

bool IsReading(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

http::Response NotReading(std::string_view message) {
  http::Response wrong = StatusResponse(405, message);
  wrong.head.headers.emplace_back("Allow", "GET, HEAD");
  return wrong;
}

http::Response JsonResponse(int status, std::string body) {
  http::Response response;
  response.head.status = status;
  response.head.content_type = kJsonType;
  response.body = std::move(body);
  return response;
}

}  // namespace

Service::Service(ServiceOptions options)
    : options_(std::move(options)),
      authenticator_({options_.clock, options_.allow_anonymous, options_.token_verifier}),
      file_urls_(std::make_shared<FileUrlKey>(DeriveKeys(options_, "file urls 1"))),
      token_keys_(DeriveKeys(options_, "page tokens 1")),
      description_(protocol::FormatOpenApi(options_.prefix)),
      recent_answers_(std::make_unique<RecentAnswers>()) {}

std::shared_ptr<Service> Service::Make(ServiceOptions options) {
  return std::shared_ptr<Service>(new Service(std::move(options)));
}

Service::~Service() = default;

std::string Service::BaseUrl(const http::Request& request) const {
  if (!options_.public_url.empty()) return options_.public_url + options_.prefix;
  const std::string_view host = request.Get("host");
  return fmt::format(FMT_COMPILE("{}://{}{}"), request.peer.tls ? "https" : "http",
                     IsAuthority(host) ? host : "localhost", options_.prefix);
}

http::Handler Service::handler() {
  return [this](http::Exchange& exchange) { return Dispatch(exchange); };
}

http::asio::awaitable<void> Service::Dispatch(http::Exchange& exchange) {
  const http::Request& request = *exchange.request;
  if (request.path == "/health" && IsReading(request)) {
    exchange.record.endpoint = "health";
    http::Response healthy = JsonResponse(200, R"({"status":"ok"})");
    co_await exchange.response.Send(std::move(healthy));
    co_return;
  }
  if (request.path == "/ready" && IsReading(request)) {
    co_await AnswerReady(exchange);
    co_return;
  }
  if (request.path == "/metrics" && IsReading(request)) {
    co_await AnswerMetrics(exchange);
    co_return;
  }
  auto path = BelowPrefix(request.path, options_.prefix);
  if (request.path == kDescriptionPath || path == kDescriptionPath) {
    co_await AnswerDescription(exchange);
    co_return;
  }
  if (!path) {
    http::Response unknown = StatusResponse(
        404, fmt::format("there is nothing at this path; the endpoint of this server is {}",
                         options_.prefix.empty() ? "/" : options_.prefix));
    co_await exchange.response.Send(std::move(unknown));
  } else if (path->starts_with(kFilesPath)) {
    co_await AnswerFile(exchange, path->substr(kFilesPath.size()));
  } else {
    co_await AnswerEndpoint(exchange, *std::move(path));
  }
}

http::asio::awaitable<void> Service::AnswerReady(http::Exchange& exchange) {
  exchange.record.endpoint = "ready";
  std::string why;
  if (options_.stopping != nullptr && *options_.stopping) {
    why = "stopping";
  } else {
    auto work = [self = shared_from_this()] { return self->catalog().ListShares().has_value(); };
    const auto answers = co_await exchange.RunOn(*options_.answer_queue, std::move(work));
    if (!answers) why = "overloaded";
    if (answers && !*answers) why = "catalog unavailable";
  }
  http::Response response = JsonResponse(
      why.empty() ? 200 : 503, fmt::format(R"({{"status":"{}"}})", why.empty() ? "ready" : why));
  if (!why.empty()) response.head.headers.emplace_back("Retry-After", "1");
  co_await exchange.response.Send(std::move(response));
}

http::asio::awaitable<void> Service::AnswerMetrics(http::Exchange& exchange) {
  exchange.record.endpoint = "metrics";
  const bool allowed =
      options_.metrics != nullptr &&
      (options_.metrics_access == MetricsAccess::kEverybody ||
       (options_.metrics_access == MetricsAccess::kLoopback && exchange.request->peer.loopback));
  if (!allowed) {
    exchange.record.denied = "metrics are not served to this peer";
    http::Response hidden = StatusResponse(404, "there is nothing at this path");
    co_await exchange.response.Send(std::move(hidden));
    co_return;
  }
  co_await SendMetrics(exchange, *options_.metrics, *options_.answer_queue);
}

http::asio::awaitable<void> Service::AnswerDescription(http::Exchange& exchange) {
  exchange.record.endpoint = "openapi";
  http::Response response = IsReading(*exchange.request)
                                ? JsonResponse(200, description_)
                                : NotReading("the description is read with GET or HEAD");
  co_await exchange.response.Send(std::move(response));
}

http::asio::awaitable<void> Service::AnswerFile(http::Exchange& exchange, std::string path) {
  exchange.record.endpoint = "file";
  if (!IsReading(*exchange.request)) {
    http::Response wrong = NotReading("files are read with GET or HEAD");
    co_await exchange.response.Send(std::move(wrong));
    co_return;
  }
  auto work = [self = shared_from_this(), request = exchange.request, path = std::move(path)] {
    Call call{*self, *request, self->options().catalog, {}, {}, {}, {}};
    call.audit.endpoint = "file";
    auto answer = DownloadFile(call, path);
    return Finish(std::move(call), std::move(answer));
  };
  auto outcome = co_await exchange.RunOn(*options_.answer_queue, std::move(work));
  co_await Send(exchange, std::move(outcome));
}

http::asio::awaitable<void> Service::AnswerEndpoint(http::Exchange& exchange, std::string path) {
  auto match = protocol::MatchEndpoint(exchange.request->method, path);
  if (!match) {
    const Error& error = match.error();
    http::Response wrong = ErrorResponse(error, exchange.request->id);
    if (error.kind == ErrorKind::kUnsupported) {
      wrong = StatusResponse(405, fmt::format("this path takes {}", error.message));
      wrong.head.headers.emplace_back("Allow", error.message);
    }
    co_await exchange.response.Send(std::move(wrong));
    co_return;
  }
  exchange.record.endpoint = match->endpoint->name;
  const auto errand = std::make_shared<Errand>(shared_from_this(), exchange.request, *match);
  auto outcome = errand->TryAtOnce();
  if (!outcome) {
    http::Awaited<Outcome> awaited;
    exchange.overloaded = !errand->Start(exchange.MakeReply(awaited));
    outcome = co_await exchange.Await(awaited);
  }
  co_await Send(exchange, std::move(outcome));
}

}  // namespace sluice::api
