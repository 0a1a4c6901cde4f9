// The endpoints of the protocol as functions from a call to an answer, one file a family.
#pragma once

#include "base/result.h"
#include "protocol/endpoint.h"
#include "server/api/call.h"

namespace sluice::api {

struct EndpointHandler {
  protocol::EndpointId id;
  Result<Answer> (*run)(Call& call);
  bool reads_table = false;  ///< May wait for storage: runs on the pool of the table.
  /// Short where nothing has to be waited for.
  bool may_be_at_once = false;
};

/// Never null: every endpoint of the protocol's table has a handler.
const EndpointHandler* FindEndpointHandler(protocol::EndpointId id);

/// Finds out who calls, from where, with which capabilities, and reads the headers that the
/// endpoint takes. Errors: kUnauthenticated first; kPermissionDenied for an address that the
/// recipient may not call from; kInvalidArgument for a header; those of the catalog.
Status Identify(const EndpointHandler& endpoint, Call& call);

// listings.cc
Result<Answer> ListShares(Call& call);
Result<Answer> GetShare(Call& call);
Result<Answer> ListSchemas(Call& call);
Result<Answer> ListTables(Call& call);
Result<Answer> ListAllTables(Call& call);
// table_version.cc
Result<Answer> TableVersion(Call& call);
// table_metadata.cc
Result<Answer> TableMetadata(Call& call);
// table_query.cc
Result<Answer> QueryTable(Call& call);
// table_changes.cc
Result<Answer> TableChanges(Call& call);
// query_info.cc
Result<Answer> QueryInfo(Call& call);
// temporary_credentials.cc
Result<Answer> TemporaryCredentials(Call& call);

}  // namespace sluice::api
