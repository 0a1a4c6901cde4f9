#include "server/api/outcome.h"

#include <utility>

#include "base/log.h"
#include "server/api/error_response.h"

namespace sluice::api {

Outcome Respond(Call call, http::Response response) {
  Outcome outcome;
  outcome.audit = std::move(call.audit);
  outcome.answer.head = std::move(response.head);
  outcome.answer.body = std::move(response.body);
  return outcome;
}

Outcome Finish(Call call, Result<Answer> result) {
  if (result) return {*std::move(result), std::move(call.audit), ""};
  const Error& error = result.error();
  http::Response response = ErrorResponse(error, call.request.id);
  Outcome outcome = Respond(std::move(call), std::move(response));
  if (!ShapeOf(error.kind).instead.empty()) {
    outcome.withheld = fmt::format("{}: {}", KindName(error.kind), error.message);
  }
  const bool refused =
      error.kind == ErrorKind::kUnauthenticated || error.kind == ErrorKind::kPermissionDenied;
  if (refused && outcome.audit.denied.empty()) outcome.audit.denied = error.message;
  return outcome;
}

http::Response Overloaded() {
  http::Response busy = StatusResponse(503, "too many requests wait already; try again soon");
  busy.head.headers.emplace_back("Retry-After", "1");
  return busy;
}

http::asio::awaitable<void> Send(http::Exchange& exchange, std::optional<Outcome> outcome) {
  // As the access log has both.
  const std::string& trace = exchange.record.trace_id;
  const std::string id = exchange.request->id + (trace.empty() ? "" : " trace=" + trace);
  if (!outcome && exchange.overloaded) {
    http::Response busy = Overloaded();
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
  exchange.record.rows = outcome->audit.rows;
  exchange.record.skipped_files = outcome->audit.skipped_files;
  Answer answer = std::move(outcome->answer);
  Status sent;
  if (answer.made != nullptr) {
    sent = co_await exchange.response.Send(std::move(answer.made));
  } else if (answer.slices != nullptr) {
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

}  // namespace sluice::api
