#include "serve_run.h"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/hash.h"
#include "base/log.h"
#include "commands.h"
#include "serve_data.h"
#include "serve_managed.h"
#include "serve_oidc.h"
#include "serve_profile.h"
#include "serve_provider.h"
#include "serve_stores.h"
#include "server/api/error_response.h"
#include "server/api/service.h"
#include "server/http/middleware.h"
#include "server/http/server.h"
#include "server/http/tls.h"

namespace sluice::apps {
namespace {

constexpr std::size_t kSecretBytes = 32;

Result<std::shared_ptr<boost::asio::ssl::context>> OpenTls(const config::Config& config) {
  if (!config.tls) return nullptr;
  if (config.tls->self_signed) return http::MakeSelfSignedContext(config.host);
  http::TlsFiles files{config.tls->certificate_file, config.tls->certificate_key_file, ""};
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

/// The key that signs URLs and tokens: of a file, of the data directory, or of this process alone.
Result<std::string> OpenSecret(const ServeOptions& options, const config::Config& config) {
  if (options.key_file) {
    auto key = ReadKey(*options.key_file);
    if (!key) return Fail(key.error().At("--key-file"));
    return key;
  }
  if (config.data_directory.empty()) return RandomBytes(kSecretBytes);
  return OpenKey(InDataDirectory(config, "server.key"));
}

/// Keys of which what was signed is good, too.
Result<std::vector<std::string>> ReadAcceptedSecrets(const ServeOptions& options) {
  std::vector<std::string> secrets;
  for (const auto& file : options.accepted_key_files) {
    auto key = ReadKey(file);
    if (!key) return Fail(key.error().At("--accept-key-file"));
    secrets.push_back(*std::move(key));
  }
  return secrets;
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
  out.tables.max_tables = config.delta_table_cache_size;
  out.tables.max_bytes = std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE) / 2;
  // As the reference server has it: what is in memory may be answered while it is no older than
  // this.
  if (config.staleness_acceptable) out.tables.max_staleness_ms = 60'000;
  out.metrics_access = api::MetricsAccess::kLoopback;
  if (options.metrics == "all") out.metrics_access = api::MetricsAccess::kEverybody;
  if (options.metrics == "off" || !config.metrics) {
    out.metrics_access = api::MetricsAccess::kNobody;
  }
  return out;
}

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
  observe::Metrics metrics;
  auth::IssuerKeyring issuer_keys;
  std::unique_ptr<observe::AccessSink> access_log;
  std::unique_ptr<jobs::JobStore> jobs;
  std::unique_ptr<api::TablePools> table_pools;
  std::unique_ptr<ThreadPool> answer_pool;
  std::unique_ptr<api::Service> service;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<AdminListener> admin;
};

http::Handler MakeHandler(Running& running, http::Handler last,
                          std::optional<http::Middleware> links = std::nullopt) {
  std::vector<http::Middleware> middlewares;
  if (running.access_log) middlewares.push_back(http::AccessLog(*running.access_log));
  middlewares.push_back(http::CountRequests(running.metrics));
  middlewares.push_back(http::EnforceLimits(api::StatusResponse));
  middlewares.push_back(http::NegotiateGzip());
  if (links) middlewares.push_back(*std::move(links));
  return http::Chain(std::move(middlewares), std::move(last));
}

void WatchServer(Running& running) {
  const auto gauge = [&](const char* name, const char* help, std::function<double()> read) {
    running.metrics.Watch({observe::Metrics::Kind::kGauge, name, help, std::move(read)});
  };
  api::TableCache* tables = &running.service->tables();
  gauge("sluice_tables_open", "Tables that are kept in memory.",
        [tables] { return static_cast<double>(tables->tables()); });
  gauge("sluice_snapshot_cache_bytes", "Memory of the snapshots of open tables.",
        [tables] { return static_cast<double>(tables->bytes()); });
}

Status Start(const ServeOptions& options, const config::Config& config, const Provider& provider,
             Running* running) {
  const auto workers = static_cast<int>(config.limits.worker_threads);
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  running->answer_pool = std::make_unique<ThreadPool>(workers);
  // Their threads wait for storage more than they compute, and one recipient gets half of them.
  running->table_pools = std::make_unique<api::TablePools>(std::max(16, 4 * cores));
  if (config.log.access) {
    observe::AccessLogOptions log;
    log.file = config.log.access_file;
    log.format = config.log.json ? observe::AccessFormat::kJson : observe::AccessFormat::kText;
    SLUICE_TRY(running->access_log, observe::OpenAccessLog(log));
  }
  api::ServiceOptions service = ServiceOptionsOf(options, config, provider);
  if (!config.data_directory.empty()) {
    SLUICE_RETURN_IF_ERROR(OpenDataDirectory(config.data_directory));
  }
  SLUICE_TRY(service.secret, OpenSecret(options, config));
  SLUICE_TRY(service.accepted_secrets, ReadAcceptedSecrets(options));
  SLUICE_TRY(running->jobs, OpenJobs(config));
  service.jobs = running->jobs.get();
  SLUICE_TRY(service.data_roots, api::DataRoots::Make(config.data_roots));
  service.metrics = &running->metrics;
  service.tables.pools = running->table_pools.get();
  SLUICE_TRY(service.tables.stores, OpenStores(options.config_file, config));
  service.answer_pool = running->answer_pool.get();
  SLUICE_TRY(service.token_verifier,
             MakeTokenVerifier(config, running->issuer_keys, provider.managed));
  running->service = std::make_unique<api::Service>(std::move(service));
  WatchServer(*running);

  http::ServerOptions server;
  server.host = config.host;
  server.port = config.port;
  server.loops = cores > 1 ? 2 : 1;
  server.limits = LimitsOf(config);
  server.render_error = api::StatusResponse;
  SLUICE_TRY(server.tls, OpenTls(config));
  SLUICE_TRY(running->server, http::Server::Start(std::move(server),
                                                  MakeHandler(*running, running->service->handler(),
                                                              LinksOf(provider, *running->service)),
                                                  *running->answer_pool));
  return {};
}

Status StartAdmin(const config::Config& config, const Provider& provider,
                  const std::string& endpoint, Running* running) {
  if (config.admin_listen.empty()) return {};
  running->admin = MakeAdminListener(provider, endpoint, *running->answer_pool);
  http::ServerOptions server;
  server.limits = LimitsOf(config);
  server.render_error = api::StatusResponse;
  SLUICE_TRY(server.tls, OpenTls(config));
  return running->admin->Start(config.admin_listen, std::move(server),
                               MakeHandler(*running, running->admin->handler()),
                               *running->answer_pool);
}

/// A table that was named by itself is there, or nothing is served.
Status CheckTable(const Provider& provider, const Running& running) {
  SLUICE_TRY(const auto tables, provider.catalog->ListAllTables(provider.share));
  SLUICE_TRY(const auto open, running.service->tables().Get(tables.front()));
  const std::string& location = tables.front().location;
  const auto version = open->table->LatestVersion();
  if (version) return {};
  if (version.error().kind != ErrorKind::kNotFound) return Fail(version.error().At(location));
  return Fail(ErrorKind::kNotFound,
              "{}: neither a Delta log nor Parquet files lie there; name the folder of one table",
              location);
}

/// Waits for the first signal, then for running answers; a second signal ends the process.
int StopOnSignal(http::Server& server, const sigset_t& signals, std::chrono::seconds grace) {
  int signal = 0;
  ::sigwait(&signals, &signal);
  spdlog::info("stopping: running answers have {} s; a second signal stops at once", grace.count());
  std::thread second([signals] {
    int again = 0;
    ::sigwait(&signals, &again);
    std::_Exit(kExitFailure);
  });
  second.detach();
  const bool finished = server.Stop(grace);
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

Result<int> Serve(const ServeOptions& options) {
  SLUICE_TRY(const config::Config config, MakeConfig(options));
  SLUICE_RETURN_IF_ERROR(ConfigureLog(config.log.level, config.log.json));
  SLUICE_TRY(const Provider provider, OpenProvider(options, config));
  RaiseFileLimit();
  // Blocked before any thread starts, so that only sigwait sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Running running;
  SLUICE_RETURN_IF_ERROR(Start(options, config, provider, &running));
  if (IsInStore(options.folder)) SLUICE_RETURN_IF_ERROR(CheckTable(provider, running));
  const std::string local = LocalUrl(config, running.server->port());
  const std::string endpoint =
      (config.public_url.empty() ? local : config.public_url) + config.endpoint;
  SLUICE_RETURN_IF_ERROR(StartAdmin(config, provider, endpoint, &running));
  if (options.folder.empty()) {
    fmt::print("Serving {} at {}\n",
               options.config_file.empty() ? "the catalog" : "'" + options.config_file + "'",
               endpoint);
    if (!endpoint.starts_with(local)) fmt::print("Listening on {}\n", local);
    if (running.admin) fmt::print("Admin API at {}\n", running.admin->url());
    std::fflush(stdout);
    if (!config.tokens && !provider.managed) {
      spdlog::warn("no authorization is configured: everybody may read everything");
    }
  } else {
    SLUICE_RETURN_IF_ERROR(AnnounceFolder(options, provider, local, endpoint));
  }
  return StopOnSignal(*running.server, signals,
                      std::chrono::seconds(config.limits.shutdown_timeout_seconds));
}

}  // namespace

int RunServe(const ServeOptions& options) {
  const auto code = Serve(options);
  if (code) return *code;
  std::fprintf(stderr, "sluice: %s\n", code.error().message.c_str());
  const bool usage = code.error().kind == ErrorKind::kInvalidArgument;
  return usage ? kExitUsage : kExitFailure;
}

}  // namespace sluice::apps
