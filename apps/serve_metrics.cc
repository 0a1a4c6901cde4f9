#include "serve_metrics.h"

#include "serve_options.h"
#include "server/api/metrics_answer.h"

namespace sluice::apps {
namespace {

using Kind = observe::Metrics::Kind;

using Figures = http::WorkQueue::Figures;

void WatchQueue(Machine& machine, const char* name, const std::function<Figures()>& figures) {
  const auto watch = [&](Kind kind, const char* metric, const char* help,
                         std::function<double(const Figures&)> read) {
    machine.metrics.Watch({kind,
                           metric,
                           help,
                           [figures, read = std::move(read)] { return read(figures()); },
                           {{"queue", name}}});
  };
  watch(Kind::kGauge, "sluice_queue_length", "Requests that wait for a thread",
        [](const Figures& f) { return static_cast<double>(f.waiting); });
  watch(Kind::kCounter, "sluice_queue_left_total", "Requests that wait no longer",
        [](const Figures& f) { return static_cast<double>(f.left); });
  watch(Kind::kCounter, "sluice_queue_wait_seconds_total",
        "Time that requests waited for a thread, of all together",
        [](const Figures& f) { return f.waited_seconds; });
  watch(Kind::kCounter, "sluice_queue_refused_total", "Requests refused as too many waited",
        [](const Figures& f) { return static_cast<double>(f.refused); });
}

void WatchTables(Machine& machine, const Slot<Site>& sites) {
  const auto watch = [&](Kind kind, const char* name, const char* help,
                         std::function<std::int64_t(const api::TableCache&)> read,
                         std::map<std::string, std::string> labels = {}) {
    machine.metrics.Watch({kind, name, help,
                           [&sites, read = std::move(read)] {
                             const auto site = sites.Get();
                             return site == nullptr ? 0.0
                                                    : static_cast<double>(read(*site->tables));
                           },
                           std::move(labels)});
  };
  using Tables = api::TableCache;
  watch(Kind::kGauge, "sluice_tables_open", "Tables that are kept in memory",
        [](const Tables& t) { return t.tables(); });
  watch(Kind::kGauge, "sluice_snapshot_cache_bytes", "Memory of the snapshots of open tables",
        [](const Tables& t) { return t.bytes(); });
  watch(Kind::kCounter, "sluice_table_cache_hits_total", "Tables that were found open",
        [](const Tables& t) { return t.hits(); });
  watch(Kind::kCounter, "sluice_table_cache_misses_total", "Tables that had to be opened",
        [](const Tables& t) { return t.misses(); });
  constexpr std::pair<const char*, std::int64_t> kAges[] = {
      {"60", 60}, {"3600", 3600}, {"86400", 86'400}, {"+Inf", 1'000'000'000}};
  for (const auto& [name, seconds] : kAges) {
    watch(
        Kind::kGauge, "sluice_snapshots_open",
        "Snapshots in memory, by the seconds since they were read; each label counts the lower "
        "ones too",
        [age = std::chrono::seconds(seconds)](const Tables& t) { return t.TablesYoungerThan(age); },
        {{"age_le", name}});
  }
}

}  // namespace

void WatchMachine(Machine& machine, const Slot<Site>& sites) {
  WatchQueue(machine, "answers", [queue = machine.answer_queue.get()] { return queue->figures(); });
  WatchQueue(machine, "tables",
             [pools = machine.table_pools.get()] { return pools->local().queue.figures(); });
  WatchQueue(machine, "stores",
             [pools = machine.table_pools.get()] { return pools->StoreFigures(); });
  WatchTables(machine, sites);
  const auto watch = [&](Kind kind, const char* name, const char* help,
                         const std::atomic<std::int64_t>& value,
                         std::map<std::string, std::string> labels = {}) {
    machine.metrics.Watch({kind, name, help, [&value] { return static_cast<double>(value.load()); },
                           std::move(labels)});
  };
  if (machine.audit != nullptr) {
    machine.metrics.Watch(
        {Kind::kCounter,
         "sluice_audit_lost_total",
         "Records that the catalog did not get, since it was away for long",
         [audit = machine.audit.get()] { return static_cast<double>(audit->lost()); },
         {}});
  }
  constexpr const char* kReloads = "How often the configuration was read again";
  watch(Kind::kCounter, "sluice_config_reloads_total", kReloads, machine.reloads,
        {{"outcome", "ok"}});
  watch(Kind::kCounter, "sluice_config_reloads_total", kReloads, machine.failed_reloads,
        {{"outcome", "failed"}});
  watch(Kind::kGauge, "sluice_tls_certificate_expires_seconds",
        "When the certificate ends, in seconds since the epoch; 0 without TLS",
        machine.certificate_expires);
}

void WatchServer(Machine& machine, const http::Server& server) {
  machine.metrics.Watch({Kind::kGauge,
                         "sluice_http_connections",
                         "Open connections",
                         [&server] { return static_cast<double>(server.connections()); },
                         {}});
  machine.metrics.Watch({Kind::kGauge,
                         "sluice_http_buffered_bytes",
                         "Parts of answers in memory that were not yet sent",
                         [&server] { return static_cast<double>(server.buffered_bytes()); },
                         {}});
}

Result<std::unique_ptr<http::Server>> ListenForMetrics(const std::string& listen,
                                                       http::ServerOptions options,
                                                       const Slot<Site>& sites, Machine& machine) {
  SLUICE_TRY(const ListenAddress address, ParseListen(listen));
  options.host = address.host;
  options.port = address.port;
  options.settings.tls = nullptr;
  auto handler =
      BesideCurrentSite(sites, api::MetricsAlone(machine.metrics, *machine.answer_queue));
  return http::Server::Start(std::move(options), std::move(handler), *machine.answer_pool);
}

}  // namespace sluice::apps
