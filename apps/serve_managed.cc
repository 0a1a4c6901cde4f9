#include "serve_managed.h"

#include "base/log.h"
#include "base/loopback.h"
#include "catalog_open.h"

namespace sluice::apps {

std::optional<http::Middleware> LinksOf(const Provider& provider, const api::Service& service) {
  if (!provider.managed) return std::nullopt;
  admin::ActivationOptions options;
  options.rows = &provider.managed->rows();
  options.checks = &CatalogChecks();
  options.prefix = service.options().prefix;
  options.endpoint = [&service](const http::Request& request) { return service.BaseUrl(request); };
  options.queue = service.options().answer_queue;
  return admin::HandOverProfiles(std::move(options));
}

Status AdminListener::Start(http::ServerOptions options, const Slot<Site>& sites,
                            ThreadPool& pool) {
  SLUICE_TRY(const ListenAddress address, ParseListen(sites.Get()->config.admin_listen));
  options.host = address.host;
  options.port = address.port;
  const bool tls = options.settings.tls != nullptr;
  auto handler = BesideCurrentSite(sites, service_.handler());
  SLUICE_TRY(server_, http::Server::Start(std::move(options), std::move(handler), pool));
  const bool v6 = address.host.find(':') != std::string::npos;
  url_ = fmt::format("{}://{}{}{}:{}", tls ? "https" : "http", v6 ? "[" : "", address.host,
                     v6 ? "]" : "", server_->port());
  if (!tls && !IsLoopbackHost(address.host)) {
    spdlog::warn("the admin API at {} is reached without TLS: its tokens can be overheard", url_);
  }
  return {};
}

std::unique_ptr<AdminListener> MakeAdminListener(const Provider& provider,
                                                 std::function<std::string()> endpoint,
                                                 Machine& machine) {
  return std::make_unique<AdminListener>(
      admin::AdminServiceOptions{&provider.managed->rows(), &RemoteCatalogChecks(),
                                 std::move(endpoint), machine.answer_queue.get()});
}

}  // namespace sluice::apps
