// Operations on a catalog, from JSON to JSON: what the admin listener answers and the commands
// print.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/managed/admin.h"
#include "server/admin/operation_table.h"

namespace sluice::admin {

struct OperationCall {
  const catalog::Admin& admin;
  std::vector<std::string> arguments;  ///< Of the path, in order.
  boost::json::object parameters;      ///< Of the body or the query.
  /// How recipients reach the server, for profiles and links: "https://host/delta-sharing".
  std::string endpoint;
};

/// Checks the parameters against the table, then does it. Errors: kInvalidArgument naming the
/// parameter, which also an unknown one is; those of Admin. For an operation that makes a profile
/// or a link, kInvalidArgument when there is no endpoint.
Result<boost::json::object> RunOperation(OperationId id, OperationCall call);

/// {"shareCredentialsVersion":1, …}
boost::json::object ProfileObject(const catalog::Secret& token, std::string_view endpoint);

/// The parameters of a query, as the fields say.
Result<boost::json::object> QueryObject(std::string_view query, const protocol::Endpoint& endpoint);

}  // namespace sluice::admin
