#include "server/api/service.h"

#include <algorithm>

#include "base/log.h"
#include "protocol/endpoint.h"
#include "protocol/openapi.h"
#include "server/api/endpoints.h"
#include "server/api/error_response.h"
#include "server/api/file_download.h"

namespace sluice::api {
namespace {

constexpr std::string_view kFilesPath = "/_files/";
/// At the root, and below the prefix for those who reach nothing else.
constexpr std::string_view kDescriptionPath = "/openapi.json";

std::string Derive(std::string_view secret, std::string_view purpose) {
  return std::string(AsView(HmacKey(secret).Sign(purpose)));
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

/// What a pool made of a call: always an answer, with the audit and, for the log, what was
/// withheld.
struct Outcome {
  Answer answer;
  Audit audit;
  std::string withheld;
};

Outcome Finish(Call call, Result<Answer> result) {
  Outcome outcome;
  outcome.audit = std::move(call.audit);
  if (result) {
    outcome.answer = *std::move(result);
    return outcome;
  }
  const Error& error = result.error();
  http::Response response = ErrorResponse(error, call.request.id);
  outcome.answer.head = std::move(response.head);
  outcome.answer.body = std::move(response.body);
  if (!ShapeOf(error.kind).instead.empty()) {
    outcome.withheld = fmt::format("{}: {}", KindName(error.kind), error.message);
  }
  const bool refused =
      error.kind == ErrorKind::kUnauthenticated || error.kind == ErrorKind::kPermissionDenied;
  if (refused && outcome.audit.denied.empty()) outcome.audit.denied = error.message;
  return outcome;
}

http::asio::awaitable<void> Send(http::Exchange& exchange, std::optional<Outcome> outcome) {
  // As the access log has both.
  const std::string& trace = exchange.record.trace_id;
  const std::string id = exchange.request->id + (trace.empty() ? "" : " trace=" + trace);
  if (!outcome && exchange.overloaded) {
    http::Response busy = StatusResponse(503, "too many requests wait already; try again soon");
    busy.head.headers.emplace_back("Retry-After", "1");
    co_await exchange.response.Send(std::move(busy));
    co_return;
  }
  if (!outcome) {
    spdlog::warn("request {}: {} took longer than the request timeout", id, exchange.request->path);
    http::Response late = ErrorResponse({ErrorKind::kTimeout, ""}, exchange.request->id);
    co_await exchange.response.Send(std::move(late));
    co_return;
  }
  if (!outcome->withheld.empty()) spdlog::error("request {}: {}", id, outcome->withheld);
  exchange.record.endpoint = std::move(outcome->audit.endpoint);
  exchange.record.recipient = std::move(outcome->audit.recipient);
  exchange.record.table = std::move(outcome->audit.table);
  exchange.record.denied = std::move(outcome->audit.denied);
  exchange.record.version = outcome->audit.version;
  exchange.record.files = outcome->audit.files;
  exchange.record.file_bytes = outcome->audit.file_bytes;
  exchange.record.skipped_files = outcome->audit.skipped_files;
  Answer answer = std::move(outcome->answer);
  Status sent;
  if (answer.slices != nullptr) {
    sent = co_await exchange.response.SendSlices(std::move(answer.head), std::move(answer.slices));
  } else if (answer.file) {
    sent = co_await exchange.response.SendFile(std::move(answer.head), std::move(*answer.file));
  } else {
    http::Response response{std::move(answer.head), std::move(answer.body)};
    sent = co_await exchange.response.Send(std::move(response));
  }
  if (!sent && sent.error().kind != ErrorKind::kCancelled) {
    spdlog::error("request {}: the answer broke off: {}", id, sent.error().message);
  }
}

}  // namespace

Service::Service(ServiceOptions options)
    : options_(std::move(options)),
      authenticator_({options_.catalog, options_.clock, options_.allow_anonymous}),
      file_urls_(std::make_shared<FileUrlKey>(Derive(options_.secret, "file urls 1"))),
      page_token_key_(Derive(options_.secret, "page tokens 1")),
      description_(protocol::FormatOpenApi(options_.prefix)) {}

std::shared_ptr<Service> Service::Make(ServiceOptions options) {
  return std::shared_ptr<Service>(new Service(std::move(options)));
}

Service::~Service() = default;

std::string Service::BaseUrl(const http::Request& request) const {
  if (!options_.public_url.empty()) return options_.public_url + options_.prefix;
  const std::string_view host = request.Get("host");
  return fmt::format("{}://{}{}", request.peer.tls ? "https" : "http",
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
  auto work = [metrics = options_.metrics] { return metrics->Expose(); };
  auto text = co_await exchange.RunOn(*options_.answer_queue, std::move(work));
  http::Response response = StatusResponse(503, "the server is busy");
  if (text) {
    response = http::Response();
    response.head.content_type = observe::kMetricsContentType;
    response.body = *std::move(text);
  }
  co_await exchange.response.Send(std::move(response));
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
    Call call{*self, *request, {}, {}, {}, {}};
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
  const EndpointHandler* endpoint = FindEndpointHandler(match->endpoint->id);
  exchange.record.endpoint = match->endpoint->name;
  auto work = [self = shared_from_this(), request = exchange.request, match = *std::move(match),
               endpoint] {
    Call call{*self, *request, match.arguments, {}, {}, {}};
    call.audit.endpoint = match.endpoint->name;
    auto answer = CallEndpoint(*endpoint, call);
    return Finish(std::move(call), std::move(answer));
  };
  auto& queue = endpoint->reads_table ? *options_.table_queue : *options_.answer_queue;
  auto outcome = co_await exchange.RunOn(queue, std::move(work));
  co_await Send(exchange, std::move(outcome));
}

}  // namespace sluice::api
