// What a server says of a table, by its metadata endpoint.
#pragma once

#include "base/result.h"
#include "client/client.h"
#include "client/rest_client.h"

namespace sluice::client {

RestRequest RequestFor(protocol::EndpointId endpoint, const protocol::TableName& table);

/// `request` is one for kTableMetadata. Without `cancelled`, an interrupt of the client ends the
/// call. Errors: as Client::Describe.
Result<TableInfo> DescribeTable(const RestClient& rest, const RestRequest& request,
                                const net::CancelCheck& cancelled = {});

}  // namespace sluice::client
