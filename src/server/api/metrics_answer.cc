#include "server/api/metrics_answer.h"

#include "server/api/error_response.h"

namespace sluice::api {

http::asio::awaitable<void> SendMetrics(http::Exchange& exchange, const observe::Metrics& metrics,
                                        http::WorkQueue& queue) {
  exchange.record.endpoint = "metrics";
  auto work = [&metrics] { return metrics.Expose(); };
  auto text = co_await exchange.RunOn(queue, std::move(work));
  http::Response response = StatusResponse(503, "the server is busy");
  if (text) {
    response = http::Response();
    response.head.content_type = observe::kMetricsContentType;
    response.body = *std::move(text);
  }
  co_await exchange.response.Send(std::move(response));
}

http::Handler MetricsAlone(const observe::Metrics& metrics, http::WorkQueue& queue) {
  return [&metrics, &queue](http::Exchange& exchange) -> http::asio::awaitable<void> {
    const http::Request& request = *exchange.request;
    const bool reading = request.method == "GET" || request.method == "HEAD";
    if (request.path == "/metrics" && reading) {
      co_await SendMetrics(exchange, metrics, queue);
      co_return;
    }
    http::Response unknown = StatusResponse(404, "there is nothing here but /metrics");
    co_await exchange.response.Send(std::move(unknown));
  };
}

}  // namespace sluice::api
