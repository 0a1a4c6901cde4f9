#include "base/ascii.h"
#include "server/http/middleware.h"

namespace sluice::http {
namespace {

asio::awaitable<void> Refuse(Exchange& exchange, Response response) {
  if (response.head.status == 503) exchange.response.AddHeader("Retry-After", "1");
  co_await exchange.response.Send(std::move(response));
}

}  // namespace

Middleware EnforceLimits(ErrorRenderer render_error, std::size_t max_target_bytes) {
  return [render_error = std::move(render_error), max_target_bytes](
             Exchange& exchange, const Handler& next) -> asio::awaitable<void> {
    const Request& request = *exchange.request;
    if (request.refusal) {
      return Refuse(exchange, render_error(request.refusal->status, request.refusal->message));
    }
    if (request.path.size() + request.query.size() > max_target_bytes) {
      return Refuse(exchange, render_error(414, fmt::format("the URL is longer than {} bytes",
                                                            max_target_bytes)));
    }
    // Nothing of the protocol needs packed bodies, and a small one may hide a huge one.
    const std::string_view encoding = request.Get("content-encoding");
    if (!encoding.empty() && !EqualsIgnoreCase(encoding, "identity")) {
      exchange.response.AddHeader("Accept-Encoding", "identity");
      return Refuse(exchange, render_error(415, "the body must not be compressed"));
    }
    return next(exchange);
  };
}

}  // namespace sluice::http
