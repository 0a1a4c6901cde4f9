#include "serve_site.h"

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "base/memory_limit.h"
#include "serve_listener.h"
#include "serve_managed.h"
#include "serve_oidc.h"
#include "serve_stores.h"
#include "server/api/error_response.h"
#include "server/http/middleware.h"

namespace sluice::apps {
namespace {

api::ServiceOptions ServiceOptionsOf(const ServeOptions& options, const config::Config& config,
                                     const Provider& provider) {
  api::ServiceOptions out;
  out.catalog = provider.catalog;
  out.allow_anonymous = options.folder.empty() && !config.tokens && !provider.managed;
  out.prefix = config.endpoint;
  out.public_url = config.public_url;
  out.url_lifetime_ms = config.pre_signed_url_timeout_seconds * 1000;
  out.credentials_lifetime_ms = config.temporary_credential_validity_seconds * 1000;
  out.page_token_lifetime_ms = config.query_table_page_token_ttl_ms;
  out.max_page_files = config.query_table_page_size_limit;
  out.refresh_token_lifetime_ms = config.refresh_token_ttl_ms;
  // The defaults of a file are the reference server's; who has none gets the best there is.
  if (!options.config_file.empty()) {
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

Result<std::shared_ptr<api::TableCache>> OpenTables(const ServeOptions& options,
                                                    const config::Config& config, Machine& machine,
                                                    const Site* before) {
  if (before != nullptr && config.storage == before->config.storage &&
      config.request_timeout_seconds == before->config.request_timeout_seconds &&
      config.delta_table_cache_size == before->config.delta_table_cache_size &&
      config.table_cache_bytes == before->config.table_cache_bytes &&
      config.staleness_acceptable == before->config.staleness_acceptable) {
    return before->tables;
  }
  api::TableCacheOptions tables;
  tables.max_tables = config.delta_table_cache_size;
  tables.max_bytes = config.table_cache_bytes > 0 ? config.table_cache_bytes : MemoryLimit() / 2;
  // As the reference server has it: what is in memory may be answered while it is no older than
  // this.
  if (config.staleness_acceptable) tables.max_staleness_ms = 60'000;
  tables.pools = machine.table_pools.get();
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

std::vector<http::Middleware> MiddlewaresOf(const Site& site, Machine& machine) {
  std::vector<http::Middleware> middlewares;
  if (site.access_log != nullptr) middlewares.push_back(http::AccessLog(*site.access_log));
  if (machine.audit != nullptr) middlewares.push_back(http::AccessLog(*machine.audit));
  middlewares.push_back(http::CountRequests(machine.metrics));
  middlewares.push_back(http::EnforceLimits(api::StatusResponse));
  middlewares.push_back(http::NegotiateGzip());
  return middlewares;
}

Status CheckLogFolder(const config::LogConfig& config) {
  const std::filesystem::path log = config.access_file;
  std::error_code error;
  if (!config.access || !log.has_parent_path() ||
      std::filesystem::is_directory(log.parent_path(), error)) {
    return {};
  }
  return Fail(ErrorKind::kNotFound, "access log {}: its folder does not exist", log.string());
}

/// A result is kept by the server that made it, and of several servers any one is asked for it.
bool OffersAsyncQueries(const config::Config& config) {
  const bool several = !config.catalog.empty() && config.catalog != config::kCatalogInDataDirectory;
  return config.async_queries.threads > 0 && !several;
}

}  // namespace

Result<std::shared_ptr<const Site>> MakeSite(const ServeOptions& options, config::Config config,
                                             Provider provider, Machine& machine,
                                             const Site* before) {
  auto site = std::make_shared<Site>();
  SLUICE_TRY(site->access_log, OpenLog(config, before));
  SLUICE_TRY(site->tables, OpenTables(options, config, machine, before));
  api::ServiceOptions service = ServiceOptionsOf(options, config, provider);
  SLUICE_TRY(service.data_roots, api::DataRoots::Make(config.data_roots));
  SLUICE_TRY(service.token_verifier,
             MakeTokenVerifier(config, machine.issuer_keys, provider.managed));
  service.secret = machine.secret;
  service.accepted_secrets = machine.accepted_secrets;
  service.tables = site->tables;
  service.answer_queue = machine.answer_queue.get();
  service.admission = &machine.admission;
  if (OffersAsyncQueries(config)) service.async_queries = machine.async_queries.get();
  service.metrics = &machine.metrics;
  service.stopping = &machine.stopping;
  site->service = api::Service::Make(std::move(service));
  site->middlewares = MiddlewaresOf(*site, machine);
  auto all = site->middlewares;
  if (auto links = LinksOf(provider, *site->service)) all.push_back(*std::move(links));
  site->handler = http::Chain(std::move(all), site->service->handler());
  site->config = std::move(config);
  site->provider = std::move(provider);
  return site;
}

http::Handler CurrentSite(const Slot<Site>& sites) {
  return [&sites](http::Exchange& exchange) -> http::asio::awaitable<void> {
    const auto site = sites.Get();
    co_await site->handler(exchange);
  };
}

http::Handler BesideCurrentSite(const Slot<Site>& sites, http::Handler last) {
  return [&sites, last = std::move(last)](http::Exchange& exchange) -> http::asio::awaitable<void> {
    const auto site = sites.Get();
    const http::Handler whole = http::Chain(site->middlewares, last);
    co_await whole(exchange);
  };
}

Status CheckSite(const ServeOptions& options, const config::Config& config) {
  if (config.catalog.empty()) {
    SLUICE_TRY(const Provider provider, OpenProvider(options, config));
    SLUICE_RETURN_IF_ERROR(provider.catalog->ListShares());
  }
  SLUICE_RETURN_IF_ERROR(MakeSettings(config));
  SLUICE_RETURN_IF_ERROR(api::DataRoots::Make(config.data_roots));
  SLUICE_RETURN_IF_ERROR(OpenStores(options.config_file, config));
  SLUICE_RETURN_IF_ERROR(CheckIssuers(config));
  SLUICE_RETURN_IF_ERROR(CheckKeys(options, config));
  return CheckLogFolder(config.log);
}

}  // namespace sluice::apps
