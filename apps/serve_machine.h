// What a server has for as long as its process lives, while configurations come and go.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "auth/oidc/issuer_keyring.h"
#include "observe/metrics.h"
#include "observe/record_queue.h"
#include "serve_options.h"
#include "server/api/admission.h"
#include "server/api/async_queries.h"
#include "server/api/table_pools.h"
#include "server/http/work_queue.h"
#include "server/jobs/job_store.h"

namespace sluice::apps {

/// The members end in the reverse of this order.
struct Machine {
  observe::Metrics metrics;
  std::atomic<bool> stopping{false};
  std::atomic<std::int64_t> certificate_expires{0};  ///< Seconds since the epoch; 0: no TLS.
  std::atomic<std::int64_t> reloads{0};
  std::atomic<std::int64_t> failed_reloads{0};
  std::string secret;
  std::vector<std::string> accepted_secrets;
  auth::IssuerKeyring issuer_keys;
  api::Admission admission{&SystemClock()};
  std::unique_ptr<observe::RecordQueue> audit;  ///< Into the catalog; null: it keeps none.
  std::unique_ptr<jobs::JobStore> jobs;
  std::unique_ptr<api::TablePools> table_pools;
  std::unique_ptr<ThreadPool> answer_pool;
  std::unique_ptr<http::WorkQueue> answer_queue;
  std::unique_ptr<api::AsyncQueries> async_queries;
};

/// The keys, pools, queues and audit trail that the configuration asks for. Errors: of files and
/// the catalog, naming them.
Status StartMachine(const ServeOptions& options, const config::Config& config, Machine* machine);

/// Whether StartMachine could have its keys; makes none. Errors: as it.
Status CheckKeys(const ServeOptions& options, const config::Config& config);

}  // namespace sluice::apps
