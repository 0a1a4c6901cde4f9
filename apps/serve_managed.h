// What a server does beside serving, where its catalog is one that is managed.
#pragma once

#include <memory>
#include <string>

#include "serve_provider.h"
#include "server/admin/activation.h"
#include "server/admin/admin_service.h"
#include "server/api/service.h"
#include "server/http/server.h"

namespace sluice::apps {

/// Activation links; nothing where the catalog is not managed. Refers to catalog and service.
std::optional<http::Middleware> LinksOf(const Provider& provider, const api::Service& service);

/// The admin API on a listener of its own.
class AdminListener {
 public:
  explicit AdminListener(admin::AdminServiceOptions options) : service_(std::move(options)) {}

  http::Handler handler() { return service_.handler(); }
  /// Errors: as http::Server::Start.
  Status Start(const std::string& listen, http::ServerOptions options, http::Handler handler,
               ThreadPool& pool);
  const std::string& url() const { return url_; }

 private:
  admin::AdminService service_;
  std::string url_;
  std::unique_ptr<http::Server> server_;
};

/// `endpoint` is how recipients reach the server.
std::unique_ptr<AdminListener> MakeAdminListener(const Provider& provider,
                                                 const std::string& endpoint, ThreadPool& pool);

}  // namespace sluice::apps
