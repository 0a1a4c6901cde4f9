#include "server/http/middleware.h"

namespace sluice::http {

Middleware AccessLog(observe::AccessSink& sink) {
  return [&sink](Exchange& exchange, const Handler& next) -> asio::awaitable<void> {
    std::exception_ptr failed;
    try {
      co_await next(exchange);
    } catch (...) {
      failed = std::current_exception();
    }
    exchange.UpdateRecord();
    sink.Write(exchange.record);
    if (failed) std::rethrow_exception(failed);
  };
}

}  // namespace sluice::http
