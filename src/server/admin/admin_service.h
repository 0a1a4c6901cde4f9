// The admin API: the operations over HTTP, for whoever has an admin's token.
#pragma once

#include <functional>
#include <string>

#include "catalog/managed/admin.h"
#include "server/http/exchange.h"

namespace sluice::admin {

struct AdminServiceOptions {
  catalog::rows::RowStore* rows = nullptr;  ///< Outlives the service, as do the checks.
  const catalog::AdminOptions* checks = nullptr;
  std::function<std::string()> endpoint;  ///< How recipients reach the server.
  http::WorkQueue* queue = nullptr;
};

/// Thread-safe. Answers below the root: the operations, /openapi.json and /health.
class AdminService {
 public:
  explicit AdminService(AdminServiceOptions options);

  /// Refers to this service.
  http::Handler handler();

 private:
  http::asio::awaitable<void> Dispatch(http::Exchange& exchange);

  const AdminServiceOptions options_;
  const std::string description_;
};

}  // namespace sluice::admin
