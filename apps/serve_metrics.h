// What operators look at beside requests: queues, caches, reloads, the certificate.
#pragma once

#include "serve_site.h"

namespace sluice::apps {

/// All that is watched outlives the use of the metrics.
void WatchMachine(Machine& machine, const Slot<Site>& sites);
void WatchServer(Machine& machine, const http::Server& server);

}  // namespace sluice::apps
