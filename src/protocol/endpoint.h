// The endpoint table: every path of the protocol, once, for router, client and documentation.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/shape.h"

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
  kQueryInfo,             ///< The status and the result of an asynchronous query.
  kTemporaryCredentials,  ///< Access to a table's folder.
};

/// An answer that is no success, and what it means.
struct ErrorAnswer {
  int status = 0;
  std::string_view meaning;
};

/// A successful answer: status 200, these headers, and one kind of body.
struct SuccessAnswer {
  enum class Body : std::uint8_t { kNone, kJson, kLines };
  Body body = Body::kNone;
  const Shape* shape = nullptr;    ///< Of kJson. Lines are kParquetLineShape or kDeltaLineShape.
  std::span<const Field> headers;  ///< Beside those that every answer has.
};

struct Endpoint {
  EndpointId id;
  std::string_view name;           ///< For logs and metrics: "query_table".
  std::string_view method;         ///< "GET", "POST", "HEAD".
  std::string_view path;           ///< Template below the prefix: "/shares/{share}/schemas".
  std::string_view summary;        ///< One sentence for documentation.
  std::span<const Field> query;    ///< Parameters of the URL.
  std::span<const Field> headers;  ///< Of the request, beside Authorization.
  std::span<const Field> body;     ///< Fields of the JSON body; empty: there is none.
  SuccessAnswer answer;
  std::span<const ErrorAnswer> errors;
};

std::span<const Endpoint> Endpoints();
const Endpoint& GetEndpoint(EndpointId id);

/// The placeholders of a path, in order, without their braces.
std::vector<std::string_view> PathParameters(const Endpoint& endpoint);

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
