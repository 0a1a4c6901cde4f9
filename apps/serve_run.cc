#include "serve_run.h"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/log.h"
#include "commands.h"
#include "serve_profile.h"
#include "serve_reload.h"
#include "serve_site.h"
#include "serve_watch.h"
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

/// How a person on this machine, or behind the public URL, reaches the server.
std::string LocalUrl(const config::Config& config, int port) {
  std::string host = config.host;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "[::1]";
  if (host.find(':') != std::string::npos && !host.starts_with('[')) host = "[" + host + "]";
  return fmt::format("{}://{}:{}", config.tls ? "https" : "http", host, port);
}

/// `path` as a word of a shell command.
std::string ShellWord(const std::string& path) {
  if (path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "._-/+=:@%") == std::string::npos) {
    return path;
  }
  std::string out = "'";
  for (const char c : path) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// A table to show in the commands; a made-up name when there is none yet.
std::string ExampleTable(const Provider& provider) {
  const auto tables = provider.catalog->ListAllTables(provider.share);
  if (!tables || tables->empty()) return provider.share + ".default.mytable";
  const auto& table = tables->front();
  return fmt::format("{}.{}.{}", table.share, table.schema, table.name);
}

void PrintFolderHelp(const Provider& provider, const std::string& profile, const std::string& local,
                     const std::string& endpoint) {
  const auto tables = provider.catalog->ListAllTables(provider.share);
  const std::string url = fmt::format("{}#{}", profile, ExampleTable(provider));
  fmt::print("Sharing {} table{} of '{}' at {}\n", tables ? tables->size() : 0,
             tables && tables->size() == 1 ? "" : "s", provider.share, endpoint);
  if (!endpoint.starts_with(local)) fmt::print("Listening on {}\n", local);
  fmt::print("Profile for recipients, with their token: {}\n", profile);
  fmt::print("\n  sluice  sluice head {}\n", ShellWord(url));
  fmt::print(
      "  Python  python3 -c \"import delta_sharing; "
      "print(delta_sharing.load_as_pandas('{}'))\"\n",
      url);
  fmt::print("  Spark   spark.read.format(\"deltaSharing\").load(\"{}\")\n", url);
  fmt::print(
      "  curl    curl -H \"Authorization: Bearer $(sed -n "
      "'s/.*\"bearerToken\" *: *\"\\([^\"]*\\)\".*/\\1/p' {})\" {}/shares\n\n",
      ShellWord(profile), endpoint);
  fmt::print("Stop with Ctrl-C.\n");
  std::fflush(stdout);
}

/// Everything that runs, in the order in which it must end: the reverse of this.
struct Running {
  Machine machine;
  Slot<Site> sites;
  std::unique_ptr<http::Server> server;
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
  SLUICE_TRY(server.settings, MakeSettings(config, nullptr));
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

/// Reloads until it is told to stop, then waits for running answers; a further signal ends the
/// process.
int ServeUntilStopped(const ServeOptions& options, Running& running, Watcher& watcher) {
  const auto watch = [&] {
    const auto site = running.sites.Get();
    watcher.Watch(site->config.reload_on_change ? FilesOf(options, site->config)
                                                : std::vector<std::string>());
  };
  watch();
  while (watcher.Wait() == Wake::kReload) {
    Reload({options, running.machine, running.sites, *running.server});
    watch();
  }
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

Status AnnounceFolder(const ServeOptions& options, const Provider& provider,
                      const std::string& local, const std::string& endpoint) {
  protocol::Profile profile;
  profile.endpoint = endpoint;
  profile.credential = protocol::BearerToken{provider.token};
  profile.expiration_time_ms = provider.token_expires_at_ms;
  const std::string path = options.profile.empty() ? provider.share + ".share" : options.profile;
  SLUICE_RETURN_IF_ERROR(WriteProfile(path, profile));
  PrintFolderHelp(provider, path, local, endpoint);
  return {};
}

/// Blocked before any thread starts, so that only the watcher sees them.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

void AnnounceConfig(const ServeOptions& options, const config::Config& config,
                    const std::string& local, const std::string& endpoint) {
  fmt::print("Serving '{}' at {}\n", options.config_file, endpoint);
  if (!endpoint.starts_with(local)) fmt::print("Listening on {}\n", local);
  std::fflush(stdout);
  if (!config.tokens) spdlog::warn("no authorization is configured: everybody may read everything");
}

Result<int> Serve(const ServeOptions& options) {
  SLUICE_TRY(config::Config made, MakeConfig(options));
  SLUICE_RETURN_IF_ERROR(ConfigureLog(made.log.level, made.log.json));
  SLUICE_TRY(Provider provider, OpenProvider(options, made));
  RaiseFileLimit();
  SLUICE_TRY(const auto watcher, Watcher::Make(BlockSignals()));

  Running running;
  SLUICE_RETURN_IF_ERROR(Start(options, std::move(made), std::move(provider), &running));
  const auto site = running.sites.Get();
  const config::Config& config = site->config;
  if (IsInStore(options.folder)) SLUICE_RETURN_IF_ERROR(CheckTable(*site));
  const std::string local = LocalUrl(config, running.server->port());
  const std::string endpoint =
      (config.public_url.empty() ? local : config.public_url) + config.endpoint;
  if (options.folder.empty()) {
    AnnounceConfig(options, config, local, endpoint);
  } else {
    SLUICE_RETURN_IF_ERROR(AnnounceFolder(options, site->provider, local, endpoint));
  }
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
