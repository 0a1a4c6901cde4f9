#include "server/http/middleware.h"

namespace sluice::http {

Middleware CountRequests(observe::Metrics& metrics) {
  return [&metrics](Exchange& exchange, const Handler& next) -> asio::awaitable<void> {
    metrics.RequestStarted();
    std::exception_ptr failed;
    try {
      co_await next(exchange);
    } catch (...) {
      failed = std::current_exception();
    }
    exchange.UpdateRecord();
    metrics.RequestFinished(exchange.record);
    if (failed) std::rethrow_exception(failed);
  };
}

}  // namespace sluice::http
