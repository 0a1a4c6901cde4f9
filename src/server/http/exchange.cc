#include "server/http/exchange.h"

#include <fmt/compile.h>

#include "observe/trace_context.h"

namespace sluice::http {
namespace {

/// A proxy tells no port.
std::string RemoteName(const Peer& peer) {
  if (peer.port == 0) return peer.address;
  const bool v6 = peer.address.find(':') != std::string::npos;
  return v6 ? fmt::format(FMT_COMPILE("[{}]:{}"), peer.address, peer.port)
            : fmt::format(FMT_COMPILE("{}:{}"), peer.address, peer.port);
}

}  // namespace

Exchange::Exchange(std::shared_ptr<const Request> the_request, ResponseWriter& the_response)
    : request(std::move(the_request)), response(the_response) {
  record.time_ms = request->received_ms;
  record.request_id = request->id;
  record.remote = RemoteName(request->peer);
  record.method = request->method;
  record.path = request->path;
  record.endpoint = "other";
  record.user_agent = request->Get("user-agent");
  const auto trace = observe::ParseTraceParent(request->Get("traceparent"));
  if (trace.trace_id.empty()) return;
  record.trace_id = trace.trace_id;
  record.parent_id = trace.parent_id;
  record.trace_state = request->Get("tracestate");
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
