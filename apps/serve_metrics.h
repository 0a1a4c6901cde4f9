// What operators look at beside requests: queues, caches, reloads, the certificate. And where.
#pragma once

#include <memory>
#include <string>

#include "serve_site.h"

namespace sluice::apps {

/// All that is watched outlives the use of the metrics.
void WatchMachine(Machine& machine, const Slot<Site>& sites);
void WatchServer(Machine& machine, const http::Server& server);

/// Serves /metrics alone, unencrypted, to whoever reaches `listen` ("HOST:PORT"). Refers to all it
/// is given. Errors: as ParseListen and http::Server::Start.
Result<std::unique_ptr<http::Server>> ListenForMetrics(const std::string& listen,
                                                       http::ServerOptions options,
                                                       const Slot<Site>& sites, Machine& machine);

}  // namespace sluice::apps
