// The middlewares of the HTTP side, one a file. What they hold outlives the server.
#pragma once

#include "observe/access_log.h"
#include "observe/metrics.h"
#include "server/http/exchange.h"

namespace sluice::http {

/// A line for every request, refused ones included, when its answer was sent or given up.
Middleware AccessLog(observe::AccessSink& sink);

/// Counts and times every request.
Middleware CountRequests(observe::Metrics& metrics);

/// Answers what the session refused, and a target longer than `max_target_bytes` with 414.
Middleware EnforceLimits(ErrorRenderer render_error, std::size_t max_target_bytes = 16 << 10);

/// Lets the answer be compressed when the request accepts gzip.
Middleware NegotiateGzip();

}  // namespace sluice::http
