// One configuration at work.
#pragma once

#include <memory>
#include <vector>

#include "base/slot.h"
#include "serve_machine.h"
#include "serve_provider.h"
#include "server/api/service.h"
#include "server/http/server.h"

namespace sluice::apps {

/// Immutable; requests that began with it end with it.
struct Site {
  config::Config config;
  Provider provider;
  std::shared_ptr<observe::AccessSink> access_log;  ///< Null: none.
  std::shared_ptr<api::TableCache> tables;
  std::shared_ptr<api::Service> service;
  std::vector<http::Middleware> middlewares;  ///< Of every listener.
  http::Handler handler;                      ///< Of recipients' requests, middlewares included.
};

/// Takes from `before` (null: none) what is the same in both: open tables, the access log.
/// Errors: of files, stores, issuers and the catalog, naming them.
Result<std::shared_ptr<const Site>> MakeSite(const ServeOptions& options, config::Config config,
                                             Provider provider, Machine& machine,
                                             const Site* before);

/// Answers each request with the site that is there when it begins. `sites` outlives the server.
http::Handler CurrentSite(const Slot<Site>& sites);
/// Likewise with its middlewares alone, for a listener of its own whose answers are those of
/// `last`.
http::Handler BesideCurrentSite(const Slot<Site>& sites, http::Handler last);

/// What the configuration says without serving: for `--check-config`. Opens what can be opened,
/// but no managed catalog, and writes nothing. Errors: as the server's own start.
Status CheckSite(const ServeOptions& options, const config::Config& config);

}  // namespace sluice::apps
