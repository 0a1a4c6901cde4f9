#include "server/api/endpoints.h"

#include <array>

#include "protocol/capabilities.h"
#include "server/api/service.h"
#include "server/api/table_access.h"

namespace sluice::api {
namespace {

using protocol::EndpointId;

constexpr std::array<EndpointHandler, 12> kHandlers = {{
    {EndpointId::kListShares, ListShares, false},
    {EndpointId::kGetShare, GetShare, false},
    {EndpointId::kListSchemas, ListSchemas, false},
    {EndpointId::kListTables, ListTables, false},
    {EndpointId::kListAllTables, ListAllTables, false},
    {EndpointId::kTableVersion, TableVersion, true},
    {EndpointId::kTableVersionHead, TableVersion, true},
    {EndpointId::kTableMetadata, TableMetadata, true},
    {EndpointId::kQueryTable, QueryTable, true},
    {EndpointId::kTableChanges, TableChanges, true},
    {EndpointId::kQueryInfo, QueryInfo, true},
    {EndpointId::kTemporaryCredentials, TemporaryCredentials, true},
}};

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kHandlers.size(); ++i) {
    if (static_cast<std::size_t>(kHandlers[i].id) != i) return false;
  }
  return true;
}
static_assert(InOrder(), "handlers stand in the order of EndpointId");

}  // namespace

const EndpointHandler* FindEndpointHandler(EndpointId id) {
  return &kHandlers.at(static_cast<std::size_t>(id));
}

Status BeginCall(const EndpointHandler& endpoint, Call& call) {
  SLUICE_TRY(call.recipient,
             call.service.authenticator().Authenticate(call.request.Get("authorization")));
  call.audit.recipient = call.recipient.name;
  call.capabilities = protocol::ParseCapabilities(call.request.Get(protocol::kCapabilitiesHeader));
  call.file_id_hash = call.request.Get(protocol::kFileIdHashHeader);
  if (!endpoint.reads_table) return {};
  return FindTable(call).map([](const SharedTable&) {});
}

}  // namespace sluice::api
