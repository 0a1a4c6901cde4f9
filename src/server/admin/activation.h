// Activation links: a page that a browser shows, and a form that hands over the profile, once.
#pragma once

#include <functional>
#include <string>

#include "catalog/managed/admin.h"
#include "server/http/exchange.h"

namespace sluice::admin {

struct ActivationOptions {
  catalog::rows::RowStore* rows = nullptr;  ///< Outlives the middleware, as all pointers here do.
  const catalog::AdminOptions* checks = nullptr;
  std::string prefix;  ///< Of the server's endpoint; the links are at `prefix`/activate.
  /// The URL of the endpoint, as the sender of a request reaches it.
  std::function<std::string(const http::Request&)> endpoint;
  http::WorkQueue* queue = nullptr;
};

/// Answers the requests for links, for which nobody needs a token, and leaves all others alone. GET
/// shows a page and uses nothing up: the secret stands behind the '#' of a link, so it is in no
/// request. POST takes the secret as `code`, in a form or a JSON object, and answers with the
/// profile to save.
http::Middleware HandOverProfiles(ActivationOptions options);

}  // namespace sluice::admin
