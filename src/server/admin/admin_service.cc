#include "server/admin/admin_service.h"

#include <fmt/ranges.h>

#include <boost/json.hpp>

#include "base/ascii.h"
#include "protocol/endpoint_tables.h"
#include "protocol/openapi.h"
#include "server/admin/change_note.h"
#include "server/admin/error_answer.h"
#include "server/admin/operations.h"
#include "server/api/error_response.h"

namespace sluice::admin {
namespace {

namespace json = boost::json;

constexpr std::string_view kDescription =
    "Manages the catalog of this server: shares and tables, recipients, their tokens and grants. "
    "Names compare without case. Secrets are shown once, when they are made.";

http::Response JsonResponse(std::string body) {
  http::Response response;
  response.head.content_type = "application/json; charset=utf-8";
  response.head.headers = {{"Cache-Control", "no-store"}};
  response.body = std::move(body);
  return response;
}

Result<std::string_view> TokenOf(const http::Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view header = Trim(request.Get("authorization"));
  if (header.size() > kScheme.size() &&
      EqualsIgnoreCase(header.substr(0, kScheme.size()), kScheme)) {
    return Trim(header.substr(kScheme.size()));
  }
  return Fail(ErrorKind::kUnauthenticated,
              "send the token of 'sluice admin create' as 'Authorization: Bearer <token>'");
}

Result<json::object> ParametersOf(const http::Request& request,
                                  const protocol::Endpoint& endpoint) {
  if (endpoint.body.empty()) return QueryObject(request.query, endpoint);
  if (Trim(request.body).empty()) return json::object();
  boost::system::error_code error;
  auto value = json::parse(request.body, error);
  if (!error && value.is_object()) return std::move(value.get_object());
  return Fail(ErrorKind::kMalformed, "the body must be a JSON object");
}

/// What a pool made of a request.
struct Outcome {
  http::Response response;
  std::string admin;
  catalog::ChangeRecord change;
  std::string denied, error;
};

Result<json::object> Run(const AdminServiceOptions& options, const http::Request& request,
                         const protocol::EndpointMatch& match, Outcome* outcome) {
  const catalog::Admin nobody(*options.rows, *options.checks, "");
  SLUICE_TRY(const std::string_view token, TokenOf(request));
  SLUICE_TRY(outcome->admin, nobody.FindAdmin(token));
  const catalog::Admin admin(*options.rows, *options.checks, "admin " + outcome->admin,
                             &outcome->change);
  const auto id = static_cast<OperationId>(match.endpoint - OperationEndpoints().data());
  SLUICE_TRY(auto parameters, ParametersOf(request, *match.endpoint));
  return RunOperation(id, {admin, match.arguments, std::move(parameters), options.endpoint()});
}

Outcome Answer(const AdminServiceOptions& options, const http::Request& request,
               const protocol::EndpointMatch& match) {
  Outcome outcome;
  const auto answer = Run(options, request, match, &outcome);
  if (answer) {
    outcome.response = JsonResponse(json::serialize(*answer));
    return outcome;
  }
  const bool denied = answer.error().kind == ErrorKind::kUnauthenticated;
  (denied ? outcome.denied : outcome.error) = answer.error().message;
  if (outcome.change.target.empty()) {
    outcome.change.target = fmt::to_string(fmt::join(match.arguments, "."));
  }
  outcome.response = ErrorOf(answer.error(), request.id);
  return outcome;
}

void Record(Outcome outcome, observe::AccessRecord* record) {
  record->admin = std::move(outcome.admin);
  record->denied = std::move(outcome.denied);
  record->error = std::move(outcome.error);
  NoteChange(std::move(outcome.change), record);
}

}  // namespace

AdminService::AdminService(AdminServiceOptions options)
    : options_(std::move(options)),
      description_(protocol::FormatOpenApi({"Sluice, the admin API", kDescription,
                                            "The token of `sluice admin create`.", "",
                                            OperationEndpoints()})) {}

http::Handler AdminService::handler() {
  return [this](http::Exchange& exchange) { return Dispatch(exchange); };
}

http::asio::awaitable<void> AdminService::Dispatch(http::Exchange& exchange) {
  const http::Request& request = *exchange.request;
  if (request.method == "GET" && (request.path == "/openapi.json" || request.path == "/health")) {
    const bool health = request.path == "/health";
    exchange.record.endpoint = health ? "health" : "openapi";
    http::Response response = JsonResponse(health ? R"({"status":"ok"})" : description_);
    co_await exchange.response.Send(std::move(response));
    co_return;
  }
  static const protocol::EndpointRouter router(OperationEndpoints());
  auto match = router.Match(request.method, request.path);
  if (!match) {
    exchange.record.error = "there is no such operation";
    http::Response wrong = ErrorOf(match.error(), request.id);
    if (match.error().kind == ErrorKind::kUnsupported) {
      wrong = api::StatusResponse(405, fmt::format("this path takes {}", match.error().message));
      wrong.head.headers.emplace_back("Allow", match.error().message);
    }
    co_await exchange.response.Send(std::move(wrong));
    co_return;
  }
  exchange.record.endpoint = fmt::format("admin_{}", match->endpoint->name);
  auto work = [this, request = exchange.request, match = *std::move(match)] {
    return Answer(options_, *request, match);
  };
  auto outcome = co_await exchange.RunOn(*options_.queue, std::move(work));
  http::Response response = api::StatusResponse(503, "the catalog took too long");
  if (outcome) {
    response = std::move(outcome->response);
    Record(*std::move(outcome), &exchange.record);
  } else {
    exchange.record.error = "the catalog took too long";
  }
  co_await exchange.response.Send(std::move(response));
}

}  // namespace sluice::admin
