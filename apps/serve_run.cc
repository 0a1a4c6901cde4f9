#include "serve_run.h"

#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/log.h"
#include "commands.h"
#include "serve_announce.h"
#include "serve_listener.h"
#include "serve_managed.h"
#include "serve_metrics.h"
#include "serve_reload.h"
#include "server/api/error_response.h"
#include "server/http/tls.h"

namespace sluice::apps {
namespace {

/// Every connection is a descriptor, and so is every file on its way.
void RaiseFileLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Everything that runs, in the order in which it must end: the reverse of this.
struct Running {
  Machine machine;
  Slot<Site> sites;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<AdminListener> admin;   ///< Null: none.
  std::unique_ptr<http::Server> metrics;  ///< Likewise.
};

Status Start(const ServeOptions& options, config::Config config, Provider provider,
             Running* running) {
  Machine& machine = running->machine;
  SLUICE_RETURN_IF_ERROR(StartMachine(options, config, &machine));
  http::ServerOptions server;
  server.host = config.host;
  server.port = config.port;
  server.loops = std::thread::hardware_concurrency() > 1 ? 2 : 1;
  server.render_error = api::StatusResponse;
  SLUICE_TRY(server.settings, MakeSettings(config));
  if (server.settings.tls != nullptr) {
    machine.certificate_expires = http::CertificateExpiry(*server.settings.tls);
  }
  SLUICE_TRY(const auto site,
             MakeSite(options, std::move(config), std::move(provider), machine, nullptr));
  running->sites.Set(site);
  machine.async_queries->Serve(site->service);
  WatchMachine(machine, running->sites);
  SLUICE_TRY(running->server, http::Server::Start(std::move(server), CurrentSite(running->sites),
                                                  *machine.answer_pool));
  WatchServer(machine, *running->server);
  return {};
}

/// What listeners beside the server have in common with it.
http::ServerOptions BesideServer(const Running& running) {
  http::ServerOptions options;
  options.settings = *running.server->settings();
  options.render_error = api::StatusResponse;
  return options;
}

Status StartAdmin(Running* running) {
  const auto site = running->sites.Get();
  if (site->config.admin_listen.empty()) return {};
  auto endpoint = [&sites = running->sites, port = running->server->port()] {
    return EndpointUrl(sites.Get()->config, port);
  };
  running->admin = MakeAdminListener(site->provider, std::move(endpoint), running->machine);
  return running->admin->Start(BesideServer(*running), running->sites,
                               *running->machine.answer_pool);
}

Status StartMetrics(const ServeOptions& options, Running* running) {
  if (!options.metrics_listen) return {};
  SLUICE_TRY(running->metrics, ListenForMetrics(*options.metrics_listen, BesideServer(*running),
                                                running->sites, running->machine));
  return {};
}

/// A table that was named by itself is there, or nothing is served.
Status CheckTable(const Site& site) {
  const Provider& provider = site.provider;
  SLUICE_TRY(const auto tables, provider.catalog->ListAllTables(provider.share));
  SLUICE_TRY(const auto open, site.tables->Get(tables.front()));
  const std::string& location = tables.front().location;
  const auto version = open->table->LatestVersion();
  if (version) return {};
  if (version.error().kind != ErrorKind::kNotFound) return Fail(version.error().At(location));
  return Fail(ErrorKind::kNotFound,
              "{}: neither a Delta log nor Parquet files lie there; name the folder of one table",
              location);
}

/// Waits for running answers; a further signal ends the process.
int Stop(Running& running) {
  const config::LimitsConfig limits = running.sites.Get()->config.limits;
  const std::chrono::seconds grace(limits.shutdown_timeout_seconds);
  spdlog::info("stopping: running answers have {} s; a second signal stops at once", grace.count());
  std::thread second([] {
    sigset_t again;
    sigemptyset(&again);
    sigaddset(&again, SIGINT);
    sigaddset(&again, SIGTERM);
    int signal = 0;
    ::sigwait(&again, &signal);
    std::_Exit(kExitFailure);
  });
  second.detach();
  running.machine.stopping = true;
  std::this_thread::sleep_for(std::chrono::seconds(limits.shutdown_delay_seconds));
  const bool finished = running.server->Stop(grace);
  if (!finished) spdlog::warn("some answers were cut off after {} s", grace.count());
  return finished ? kExitOk : kExitFailure;
}

int ServeUntilStopped(const ServeOptions& options, Running& running, Watcher& watcher) {
  while (watcher.Wait() == Wake::kReload) {
    Reload(
        {options, running.machine, running.sites, *running.server, running.admin.get(), watcher});
  }
  return Stop(running);
}

/// Blocked before any thread starts, so that only the watcher sees them.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

Result<int> Serve(const ServeOptions& options) {
  SLUICE_TRY(const auto watcher, Watcher::Make(BlockSignals()));
  if (!options.config_file.empty()) watcher->Watch({options.config_file});
  SLUICE_TRY(config::Config config, MakeConfig(options));
  watcher->Watch(FilesOf(options, config));
  SLUICE_RETURN_IF_ERROR(ConfigureLog(config.log.level, config.log.json));
  RaiseFileLimit();
  SLUICE_TRY(Provider provider, OpenProvider(options, config));

  Running running;
  SLUICE_RETURN_IF_ERROR(Start(options, std::move(config), std::move(provider), &running));
  const auto site = running.sites.Get();
  if (IsInStore(options.folder)) SLUICE_RETURN_IF_ERROR(CheckTable(*site));
  SLUICE_RETURN_IF_ERROR(StartAdmin(&running));
  SLUICE_RETURN_IF_ERROR(StartMetrics(options, &running));
  SLUICE_RETURN_IF_ERROR(Announce(options, *site, running.server->port()));
  if (running.admin) fmt::print("Admin API at {}\n", running.admin->url());
  if (running.metrics) fmt::print("Metrics at port {}\n", running.metrics->port());
  std::fflush(stdout);
  return ServeUntilStopped(options, running, *watcher);
}

/// `--check-config`; the file may stand where a folder would.
Result<int> Check(ServeOptions options) {
  std::error_code error;
  if (options.config_file.empty() && std::filesystem::is_regular_file(options.folder, error)) {
    options.config_file = std::exchange(options.folder, "");
  }
  SLUICE_TRY(const config::Config config, MakeConfig(options));
  SLUICE_RETURN_IF_ERROR(CheckSite(options, config));
  fmt::print("OK: {}\n", options.config_file.empty() ? options.folder : options.config_file);
  return kExitOk;
}

bool IsUsage(ErrorKind kind) {
  return kind == ErrorKind::kInvalidArgument || kind == ErrorKind::kMalformed ||
         kind == ErrorKind::kUnsupported;
}

}  // namespace

int RunServe(const ServeOptions& options) {
  const auto code = options.check_config ? Check(options) : Serve(options);
  if (code) return *code;
  std::fprintf(stderr, "sluice: %s\n", code.error().message.c_str());
  return IsUsage(code.error().kind) ? kExitUsage : kExitFailure;
}

}  // namespace sluice::apps
