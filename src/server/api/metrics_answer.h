// /metrics, for listeners that may show them.
#pragma once

#include "observe/metrics.h"
#include "server/http/exchange.h"

namespace sluice::api {

/// Sends what Prometheus reads, or 503 where too many requests wait in `queue`. Both outlive the
/// exchange.
http::asio::awaitable<void> SendMetrics(http::Exchange& exchange, const observe::Metrics& metrics,
                                        http::WorkQueue& queue);

/// Answers GET /metrics, and nothing else.
http::Handler MetricsAlone(const observe::Metrics& metrics, http::WorkQueue& queue);

}  // namespace sluice::api
