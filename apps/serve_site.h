// What a configuration makes of the server, and what stays while configurations come and go.
#pragma once

#include <atomic>
#include <memory>

#include "base/slot.h"
#include "serve_options.h"
#include "serve_provider.h"
#include "server/api/async_queries.h"
#include "server/api/service.h"
#include "server/http/server.h"

namespace sluice::apps {

/// Lives as long as the process serves. The members end in the reverse of this order.
struct Machine {
  observe::Metrics metrics;
  std::atomic<bool> stopping{false};
  std::atomic<std::int64_t> certificate_expires{0};  ///< Seconds since the epoch; 0: no TLS.
  std::atomic<std::int64_t> reloads{0};
  std::atomic<std::int64_t> failed_reloads{0};
  std::string secret;
  std::unique_ptr<jobs::JobStore> jobs;
  std::unique_ptr<ThreadPool> table_pool;
  std::unique_ptr<ThreadPool> answer_pool;
  std::unique_ptr<http::WorkQueue> table_queue;
  std::unique_ptr<http::WorkQueue> answer_queue;
  std::unique_ptr<api::AsyncQueries> async_queries;
};

/// One configuration at work. Immutable; requests that began with it end with it.
struct Site {
  config::Config config;
  Provider provider;
  std::shared_ptr<observe::AccessSink> access_log;  ///< Null: none.
  std::shared_ptr<api::TableCache> tables;
  std::shared_ptr<api::Service> service;
  http::Handler handler;
};

/// The key, pools and queues that the configuration asks for, before the first site.
/// Errors: of files, naming them.
Status StartMachine(const ServeOptions& options, const config::Config& config, Machine* machine);

/// Takes from `before` (null: none) what is the same in both: open tables, the access log.
/// Errors: of files, stores and the catalog, naming them.
Result<std::shared_ptr<const Site>> MakeSite(const ServeOptions& options, config::Config config,
                                             Provider provider, Machine& machine,
                                             const Site* before);

/// What the listener is told. A certificate that the server makes is `tls_before`, unless null.
/// Errors: kInvalidArgument naming a file of TLS.
Result<http::ServerSettings> MakeSettings(const config::Config& config,
                                          std::shared_ptr<boost::asio::ssl::context> tls_before);

/// Answers each request with the site that is there when it begins. `sites` outlives the server.
http::Handler CurrentSite(const Slot<Site>& sites);

/// What the configuration says without serving: for `--check-config`. Opens what can be opened and
/// writes nothing. Errors: as the server's own start.
Status CheckSite(const ServeOptions& options, const config::Config& config);

/// What operators look at beside requests. Both outlive the metrics' use.
void WatchMachine(Machine& machine, const Slot<Site>& sites);
void WatchServer(Machine& machine, const http::Server& server);

}  // namespace sluice::apps
