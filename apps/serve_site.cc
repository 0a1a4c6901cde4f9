#include "serve_site.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>
#include <tuple>

#include "base/hash.h"
#include "base/log.h"
#include "serve_data.h"
#include "serve_stores.h"
#include "server/api/error_response.h"
#include "server/http/middleware.h"
#include "server/http/tls.h"

namespace sluice::apps {
namespace {

constexpr std::size_t kSecretBytes = 32;

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

Result<TlsContext> OpenTls(const config::Config& config, TlsContext before) {
  if (!config.tls) return nullptr;
  if (config.tls->self_signed) {
    if (before != nullptr) return before;
    return http::MakeSelfSignedContext(config.host);
  }
  http::TlsFiles files{config.tls->certificate_file, config.tls->certificate_key_file, "",
                       config.tls->client_ca_file, config.tls->require_client_certificate};
  if (!config.tls->certificate_password_file.empty()) {
    std::ifstream file(config.tls->certificate_password_file);
    if (!std::getline(file, files.key_password)) {
      return Fail(ErrorKind::kInvalidArgument, "cannot read the password file '{}'",
                  config.tls->certificate_password_file);
    }
  }
  return http::MakeTlsContext(files);
}

std::filesystem::path InDataDirectory(const config::Config& config, std::string_view name) {
  return std::filesystem::path(config.data_directory) / name;
}

Result<std::string> OpenKeyFile(const std::string& path) {
  auto key = ReadKey(path);
  if (!key) return Fail(key.error().At("--key-file"));
  return key;
}

/// The key that signs URLs and tokens: of a file, of the data directory, or of this process alone.
Result<std::string> OpenSecret(const ServeOptions& options, const config::Config& config) {
  if (options.key_file) return OpenKeyFile(*options.key_file);
  if (config.data_directory.empty()) return RandomBytes(kSecretBytes);
  return OpenKey(InDataDirectory(config, "server.key"));
}

Result<std::unique_ptr<jobs::JobStore>> OpenJobs(const config::Config& config) {
  jobs::JobStoreOptions options;
  if (!config.data_directory.empty()) options.path = InDataDirectory(config, "queries.sqlite");
  options.limits.max_pending = config.async_queries.max_pending_per_recipient;
  options.limits.max_kept = config.async_queries.max_kept_per_recipient;
  options.limits.lifetime_ms = config.async_queries.lifetime_seconds * 1000;
  return jobs::JobStore::Open(options);
}

http::Limits LimitsOf(const config::Config& config) {
  using std::chrono::seconds;
  const config::LimitsConfig& from = config.limits;
  http::Limits limits;
  limits.max_connections = static_cast<int>(from.max_connections);
  limits.max_header_bytes = from.max_header_bytes;
  limits.max_body_bytes = from.max_body_bytes;
  limits.max_buffered_bytes = from.max_buffered_bytes;
  limits.handshake_timeout = seconds(from.handshake_timeout_seconds);
  limits.header_timeout = seconds(from.header_timeout_seconds);
  limits.body_timeout = seconds(from.body_timeout_seconds);
  limits.idle_timeout = seconds(from.idle_timeout_seconds);
  limits.write_stall_timeout = seconds(from.write_stall_timeout_seconds);
  limits.request_timeout = seconds(config.request_timeout_seconds);
  return limits;
}

api::ServiceOptions ServiceOptionsOf(const ServeOptions& options, const config::Config& config) {
  api::ServiceOptions out;
  out.allow_anonymous = options.folder.empty() && !config.tokens;
  out.prefix = config.endpoint;
  out.public_url = config.public_url;
  out.url_lifetime_ms = config.pre_signed_url_timeout_seconds * 1000;
  out.credentials_lifetime_ms = config.temporary_credential_validity_seconds * 1000;
  out.page_token_lifetime_ms = config.query_table_page_token_ttl_ms;
  out.max_page_files = config.query_table_page_size_limit;
  out.refresh_token_lifetime_ms = config.refresh_token_ttl_ms;
  // The defaults of a file are the reference server's; who shares a folder gets the best there is.
  if (options.folder.empty()) {
    out.hints = {config.evaluate_predicate_hints, config.evaluate_json_predicate_hints,
                 config.evaluate_json_predicate_hints_v2};
  }
  out.metrics_access = api::MetricsAccess::kLoopback;
  if (options.metrics == "all") out.metrics_access = api::MetricsAccess::kEverybody;
  if (options.metrics == "off" || !config.metrics) {
    out.metrics_access = api::MetricsAccess::kNobody;
  }
  return out;
}

bool SameStores(const config::Config& a, const config::Config& b) {
  return std::equal(a.storage.begin(), a.storage.end(), b.storage.begin(), b.storage.end(),
                    [](const storage::StoreRule& x, const storage::StoreRule& y) {
                      return x.prefix == y.prefix && x.options == y.options &&
                             x.directory_access == y.directory_access;
                    });
}

Result<std::shared_ptr<api::TableCache>> OpenTables(const ServeOptions& options,
                                                    const config::Config& config, Machine& machine,
                                                    const Site* before) {
  if (before != nullptr && SameStores(config, before->config) &&
      config.delta_table_cache_size == before->config.delta_table_cache_size &&
      config.staleness_acceptable == before->config.staleness_acceptable) {
    return before->tables;
  }
  api::TableCacheOptions tables;
  tables.max_tables = config.delta_table_cache_size;
  tables.max_bytes = std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE) / 2;
  // As the reference server has it: what is in memory may be answered while it is no older than
  // this.
  if (config.staleness_acceptable) tables.max_staleness_ms = 60'000;
  tables.pool = machine.table_pool.get();
  SLUICE_TRY(tables.stores, OpenStores(options.config_file, config));
  return std::make_shared<api::TableCache>(std::move(tables));
}

observe::AccessLogOptions LogOptionsOf(const config::LogConfig& config) {
  observe::AccessLogOptions log;
  log.output.file = config.access_file;
  log.output.max_bytes = config.access_max_bytes;
  log.output.max_age = std::chrono::seconds(config.access_max_age_seconds);
  log.output.max_files = config.access_max_files;
  log.format = config.json ? observe::AccessFormat::kJson : observe::AccessFormat::kText;
  return log;
}

bool SameLog(const config::LogConfig& a, const config::LogConfig& b) {
  const auto all = [](const config::LogConfig& log) {
    return std::tuple(log.access, log.access_file, log.json, log.access_max_bytes,
                      log.access_max_age_seconds, log.access_max_files);
  };
  return all(a) == all(b);
}

Result<std::shared_ptr<observe::AccessSink>> OpenLog(const config::Config& config,
                                                     const Site* before) {
  if (before != nullptr && SameLog(config.log, before->config.log)) return before->access_log;
  if (!config.log.access) return nullptr;
  SLUICE_TRY(std::shared_ptr<observe::AccessSink> log,
             observe::OpenAccessLog(LogOptionsOf(config.log)));
  return log;
}

http::Handler MakeHandler(const Site& site, observe::Metrics& metrics) {
  std::vector<http::Middleware> middlewares;
  if (site.access_log != nullptr) middlewares.push_back(http::AccessLog(*site.access_log));
  middlewares.push_back(http::CountRequests(metrics));
  middlewares.push_back(http::EnforceLimits(api::StatusResponse));
  middlewares.push_back(http::NegotiateGzip());
  return http::Chain(std::move(middlewares), site.service->handler());
}

}  // namespace

Status StartMachine(const ServeOptions& options, const config::Config& config, Machine* machine) {
  if (!config.data_directory.empty()) {
    SLUICE_RETURN_IF_ERROR(OpenDataDirectory(config.data_directory));
  }
  SLUICE_TRY(machine->secret, OpenSecret(options, config));
  SLUICE_TRY(machine->jobs, OpenJobs(config));
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  machine->answer_pool =
      std::make_unique<ThreadPool>(static_cast<int>(config.limits.worker_threads));
  // Its threads wait for storage more than they compute.
  machine->table_pool = std::make_unique<ThreadPool>(std::max(8, 2 * cores));
  const std::int64_t most = config.limits.max_queued_requests;
  machine->answer_queue = std::make_unique<http::WorkQueue>(*machine->answer_pool, most);
  machine->table_queue = std::make_unique<http::WorkQueue>(*machine->table_pool, most);
  machine->async_queries =
      std::make_unique<api::AsyncQueries>(machine->jobs.get(), machine->table_pool.get());
  return {};
}

Result<std::shared_ptr<const Site>> MakeSite(const ServeOptions& options, config::Config config,
                                             Provider provider, Machine& machine,
                                             const Site* before) {
  auto site = std::make_shared<Site>();
  SLUICE_TRY(site->access_log, OpenLog(config, before));
  SLUICE_TRY(site->tables, OpenTables(options, config, machine, before));
  api::ServiceOptions service = ServiceOptionsOf(options, config);
  SLUICE_TRY(service.data_roots, api::DataRoots::Make(config.data_roots));
  service.catalog = provider.catalog;
  service.secret = machine.secret;
  service.tables = site->tables;
  service.async_queries = machine.async_queries.get();
  service.metrics = &machine.metrics;
  service.table_pool = machine.table_pool.get();
  service.answer_pool = machine.answer_pool.get();
  service.table_queue = machine.table_queue.get();
  service.answer_queue = machine.answer_queue.get();
  service.stopping = &machine.stopping;
  site->service = api::Service::Make(std::move(service));
  site->handler = MakeHandler(*site, machine.metrics);
  site->config = std::move(config);
  site->provider = std::move(provider);
  return site;
}

Result<http::ServerSettings> MakeSettings(const config::Config& config, TlsContext tls_before) {
  http::ServerSettings settings;
  SLUICE_TRY(settings.tls, OpenTls(config, std::move(tls_before)));
  settings.limits = LimitsOf(config);
  settings.proxies = config.trusted_proxies;
  return settings;
}

http::Handler CurrentSite(const Slot<Site>& sites) {
  return [&sites](http::Exchange& exchange) -> http::asio::awaitable<void> {
    const auto site = sites.Get();
    co_await site->handler(exchange);
  };
}

Status CheckSite(const ServeOptions& options, const config::Config& config) {
  SLUICE_TRY(const Provider provider, OpenProvider(options, config));
  SLUICE_RETURN_IF_ERROR(provider.catalog->ListShares());
  SLUICE_RETURN_IF_ERROR(MakeSettings(config, nullptr));
  SLUICE_RETURN_IF_ERROR(api::DataRoots::Make(config.data_roots));
  SLUICE_RETURN_IF_ERROR(OpenStores(options.config_file, config));
  if (options.key_file) SLUICE_RETURN_IF_ERROR(OpenKeyFile(*options.key_file));
  std::error_code error;
  const auto key = InDataDirectory(config, "server.key");
  const bool has_key = !config.data_directory.empty() && std::filesystem::exists(key, error);
  if (has_key) SLUICE_RETURN_IF_ERROR(ReadKey(key));
  const std::filesystem::path log = config.log.access_file;
  if (config.log.access && log.has_parent_path() &&
      !std::filesystem::is_directory(log.parent_path(), error)) {
    return Fail(ErrorKind::kNotFound, "access log {}: its folder does not exist", log.string());
  }
  return {};
}

}  // namespace sluice::apps
