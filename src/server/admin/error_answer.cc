#include "server/admin/error_answer.h"

#include "base/log.h"
#include "server/api/error_response.h"

namespace sluice::admin {

http::Response ErrorOf(const Error& error, const std::string& request_id) {
  const api::ErrorShape& shape = api::ShapeOf(error.kind);
  if (shape.instead.empty()) return api::ErrorResponse(error, request_id);
  spdlog::error("request {}: {}", request_id, error.message);
  const bool passing = shape.status == 503;
  return api::StatusResponse(
      passing ? 503 : 500,
      fmt::format("the catalog {} (request {})", passing ? "does not answer; try again" : "failed",
                  request_id));
}

}  // namespace sluice::admin
