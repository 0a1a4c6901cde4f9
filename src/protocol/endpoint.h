// The endpoint table: every path of the protocol, once, for router, client and documentation.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::protocol {

enum class EndpointId {
  kListShares,
  kGetShare,
  kListSchemas,
  kListTables,
  kListAllTables,
  kTableVersion,      ///< GET …/version
  kTableVersionHead,  ///< HEAD on the table, the old form
  kTableMetadata,
  kQueryTable,
  kTableChanges,
};

struct Endpoint {
  EndpointId id;
  std::string_view name;     ///< For logs and metrics: "query_table".
  std::string_view method;   ///< "GET", "POST", "HEAD".
  std::string_view path;     ///< Template below the prefix: "/shares/{share}/schemas".
  std::string_view query;    ///< Names of its query parameters, space-separated.
  std::string_view summary;  ///< One sentence for documentation.
};

std::span<const Endpoint> Endpoints();
const Endpoint& GetEndpoint(EndpointId id);

struct EndpointMatch {
  const Endpoint* endpoint = nullptr;
  std::vector<std::string> arguments;  ///< Values of the {placeholders}, decoded, in order.
};

/// Finds the endpoint for a path below the prefix ("/shares/x/schemas"; doubled and trailing
/// slashes are forgiven). Errors: kNotFound for no such path; kUnsupported when only the method is
/// wrong, its message listing the allowed ones ("GET, HEAD"); kMalformed for bad percent-encoding.
/// HEAD matches wherever GET does.
Result<EndpointMatch> MatchEndpoint(std::string_view method, std::string_view path);

/// The path with its placeholders filled and percent-encoded, for the client.
std::string EndpointPath(EndpointId id, std::span<const std::string_view> arguments);

}  // namespace sluice::protocol
