// What a server does beside serving, where its catalog is one that is managed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "serve_site.h"
#include "server/admin/activation.h"
#include "server/admin/admin_service.h"

namespace sluice::apps {

/// Activation links; nothing where the catalog is not managed. Refers to catalog and service.
std::optional<http::Middleware> LinksOf(const Provider& provider, const api::Service& service);

/// The admin API on a listener of its own.
class AdminListener {
 public:
  explicit AdminListener(admin::AdminServiceOptions options) : service_(std::move(options)) {}

  /// Listens where the current site says, and answers with the middlewares of the site that is
  /// there when a request begins. Errors: as http::Server::Start.
  Status Start(http::ServerOptions options, const Slot<Site>& sites, ThreadPool& pool);
  /// As http::Server.
  void Apply(http::ServerSettings settings) { server_->Apply(std::move(settings)); }
  const std::string& url() const { return url_; }

 private:
  admin::AdminService service_;
  std::string url_;
  std::unique_ptr<http::Server> server_;
};

/// `endpoint` is how recipients reach the server. Refers to the provider's catalog.
std::unique_ptr<AdminListener> MakeAdminListener(const Provider& provider,
                                                 std::function<std::string()> endpoint,
                                                 Machine& machine);

}  // namespace sluice::apps
