#include "server/http/gzip.h"
#include "server/http/middleware.h"

namespace sluice::http {

Middleware NegotiateGzip() {
  return [](Exchange& exchange, const Handler& next) -> asio::awaitable<void> {
    if (AcceptsGzip(exchange.request->Get("accept-encoding"))) exchange.response.AllowGzip();
    return next(exchange);
  };
}

}  // namespace sluice::http
