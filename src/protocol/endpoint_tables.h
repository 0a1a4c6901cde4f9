// Endpoints that are none of the protocol's: tables of the same form that others have.
#pragma once

#include <span>
#include <string_view>

#include "protocol/endpoint.h"

namespace sluice::protocol {

/// The id of an endpoint whose table gives it none.
inline constexpr EndpointId kOfOtherTable{-1};

/// MatchEndpoint in such a table, which outlives the match.
Result<EndpointMatch> MatchEndpoint(std::span<const Endpoint> table, std::string_view method,
                                    std::string_view path);

}  // namespace sluice::protocol
