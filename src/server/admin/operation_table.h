// What may be done to a catalog, as a table of endpoints: for the admin listener, for the commands
// and for the description of both.
#pragma once

#include <span>

#include "protocol/endpoint.h"

namespace sluice::admin {

/// The order is that of the table.
enum class OperationId {
  kListShares,
  kCreateShare,
  kGetShare,
  kAlterShare,
  kDropShare,
  kAddTable,
  kAddFolder,
  kAlterSchema,
  kAlterTable,
  kRemoveSchema,
  kRemoveTable,
  kListRecipients,
  kCreateRecipient,
  kGetRecipient,
  kAlterRecipient,
  kDropRecipient,
  kIssueToken,
  kRotateTokens,
  kRevokeTokens,
  kRevokeToken,
  kMakeLink,
  kAddIdentity,
  kRemoveIdentity,
  kListGrants,
  kAddGrant,
  kRemoveGrant,
  kListAdmins,
  kCreateAdmin,
  kDropAdmin,
  kListChanges,
};

/// An OperationId is a place in it.
std::span<const protocol::Endpoint> OperationEndpoints();
const protocol::Endpoint& EndpointOf(OperationId id);

}  // namespace sluice::admin
