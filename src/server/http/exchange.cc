#include "server/http/exchange.h"

namespace sluice::http {

Exchange::Exchange(std::shared_ptr<const Request> the_request, ResponseWriter& the_response)
    : request(std::move(the_request)), response(the_response) {
  record.time_ms = request->received_ms;
  record.request_id = request->id;
  record.remote = request->peer.address.find(':') == std::string::npos
                      ? fmt::format("{}:{}", request->peer.address, request->peer.port)
                      : fmt::format("[{}]:{}", request->peer.address, request->peer.port);
  record.method = request->method;
  record.path = request->path;
  record.endpoint = "other";
  record.user_agent = request->Get("user-agent");
}

void Exchange::UpdateRecord() {
  record.status = response.status();
  record.bytes_sent = response.body_bytes();
  record.complete = response.complete();
  record.duration_us = std::chrono::duration_cast<std::chrono::microseconds>(
                           std::chrono::steady_clock::now() - request->received_at)
                           .count();
}

Handler Chain(std::vector<Middleware> middlewares, Handler last) {
  Handler chained = std::move(last);
  for (auto middleware = middlewares.rbegin(); middleware != middlewares.rend(); ++middleware) {
    // Shared, so that copies of the outer handler keep one inner.
    auto next = std::make_shared<const Handler>(std::move(chained));
    chained = [middleware = std::move(*middleware), next = std::move(next)](Exchange& exchange) {
      return middleware(exchange, *next);
    };
  }
  return chained;
}

}  // namespace sluice::http
