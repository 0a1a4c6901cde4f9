// The endpoint table as a description that machines read: OpenAPI 3.1.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "protocol/endpoint.h"

namespace sluice::protocol {

/// What a description says beside its endpoints.
struct ApiDescription {
  std::string_view title;
  std::string_view description;
  std::string_view token;   ///< What the bearer token of a request is.
  std::string_view prefix;  ///< The path that the endpoints lie below; "" for the root.
  std::span<const Endpoint> endpoints;
};

/// JSON text.
std::string FormatOpenApi(const ApiDescription& api);

/// That of the protocol's endpoints. `prefix` is the path that the endpoints lie below:
/// "/delta-sharing"; "" for the root.
std::string FormatOpenApi(std::string_view prefix);

}  // namespace sluice::protocol
