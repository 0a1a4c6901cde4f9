#include "serve_reload.h"

#include <fmt/format.h>

#include <tuple>

#include "base/log.h"
#include "serve_listener.h"
#include "server/http/tls.h"

namespace sluice::apps {
namespace {

/// A folder's token is made once, and a managed catalog is opened once; only a file can say others.
Result<Provider> ProviderOf(const Reloadable& running, const Site& before,
                            const config::Config& config) {
  if (running.options.config_file.empty() || before.provider.managed) return before.provider;
  return OpenProvider(running.options, config);
}

Status TryReload(const Reloadable& running) {
  const auto before = running.sites.Get();
  SLUICE_TRY(config::Config config, MakeConfig(running.options));
  running.watcher.Watch(FilesOf(running.options, config));
  const auto fixed = KeepFixed(before->config, &config);
  SLUICE_TRY(Provider provider, ProviderOf(running, *before, config));
  const bool own = before->config.tls && before->config.tls->self_signed;
  SLUICE_TRY(http::ServerSettings settings,
             MakeSettings(config, own ? running.server.settings()->tls : nullptr));
  SLUICE_TRY(const auto site, MakeSite(running.options, std::move(config), std::move(provider),
                                       running.machine, before.get()));
  // From here on nothing fails.
  if (settings.tls != nullptr) {
    running.machine.certificate_expires = http::CertificateExpiry(*settings.tls);
  }
  if (running.admin != nullptr) running.admin->Apply(settings);
  running.server.Apply(std::move(settings));
  running.sites.Set(site);
  running.machine.async_queries->Serve(site->service);
  spdlog::set_level(spdlog::level::from_str(site->config.log.level));
  if (!fixed.empty()) {
    spdlog::warn("these changed but stay as they were until a restart: {}", fmt::join(fixed, ", "));
  }
  return {};
}

template <typename T>
void Keep(const char* key, const T& before, T* now, std::vector<std::string>* differing) {
  if (before == *now) return;
  differing->emplace_back(key);
  *now = before;
}

}  // namespace

void Reload(const Reloadable& running) {
  const auto done = TryReload(running);
  if (done) {
    ++running.machine.reloads;
    spdlog::info("the configuration was read again");
  } else {
    ++running.machine.failed_reloads;
    spdlog::error("the configuration stays as it was: {}", done.error().message);
  }
}

std::vector<std::string> FilesOf(const ServeOptions& options, const config::Config& config) {
  if (!config.reload_on_change) return {};
  std::vector<std::string> files;
  const auto add = [&](const std::string& file) {
    if (!file.empty()) files.push_back(file);
  };
  add(options.config_file);
  if (config.tls) {
    add(config.tls->certificate_file);
    add(config.tls->certificate_key_file);
    add(config.tls->certificate_password_file);
    add(config.tls->client_ca_file);
  }
  for (const auto& issuer : config.issuers) add(issuer.ca_file);
  return files;
}

std::vector<std::string> KeepFixed(const config::Config& before, config::Config* now) {
  std::vector<std::string> differing;
  Keep("host", before.host, &now->host, &differing);
  Keep("port", before.port, &now->port, &differing);
  Keep("dataDirectory", before.data_directory, &now->data_directory, &differing);
  Keep("catalog", before.catalog, &now->catalog, &differing);
  Keep("admin.listen", before.admin_listen, &now->admin_listen, &differing);
  Keep("log.format", before.log.json, &now->log.json, &differing);
  Keep("log.catalogDays", before.log.catalog_days, &now->log.catalog_days, &differing);
  Keep("limits.workerThreads", before.limits.worker_threads, &now->limits.worker_threads,
       &differing);
  Keep("limits.maxQueuedRequests", before.limits.max_queued_requests,
       &now->limits.max_queued_requests, &differing);
  const auto queries = [](const config::Config& config) {
    const auto& q = config.async_queries;
    return std::tuple(q.threads, q.max_pending_per_recipient, q.max_kept_per_recipient,
                      q.lifetime_seconds);
  };
  if (queries(before) != queries(*now)) differing.emplace_back("asyncQueries");
  now->async_queries = before.async_queries;
  if (before.tls.has_value() != now->tls.has_value()) {
    differing.emplace_back("ssl");
    now->tls = before.tls;
  }
  return differing;
}

}  // namespace sluice::apps
