// The endpoint table as a description that machines read: OpenAPI 3.1.
#pragma once

#include <string>
#include <string_view>

namespace sluice::protocol {

/// JSON text. `prefix` is the path that the endpoints lie below: "/delta-sharing"; "" for the root.
std::string FormatOpenApi(std::string_view prefix);

}  // namespace sluice::protocol
