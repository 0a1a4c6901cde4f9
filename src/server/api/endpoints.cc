#include "server/api/endpoints.h"

#include <algorithm>
#include <array>

#include "protocol/capabilities.h"
#include "server/api/client_address.h"
#include "server/api/service.h"
#include "server/api/table_access.h"

namespace sluice::api {
namespace {

using protocol::EndpointId;

constexpr std::array<EndpointHandler, 12> kHandlers = {{
    {EndpointId::kListShares, ListShares, false, true},
    {EndpointId::kGetShare, GetShare, false, true},
    {EndpointId::kListSchemas, ListSchemas, false, true},
    {EndpointId::kListTables, ListTables, false},
    {EndpointId::kListAllTables, ListAllTables, false},
    {EndpointId::kTableVersion, TableVersion, true, true},
    {EndpointId::kTableVersionHead, TableVersion, true, true},
    {EndpointId::kTableMetadata, TableMetadata, true, true},
    {EndpointId::kQueryTable, QueryTable, true, true},
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

bool TakesHeader(EndpointId id, std::string_view name) {
  const auto headers = protocol::GetEndpoint(id).headers;
  return std::any_of(headers.begin(), headers.end(),
                     [&](const protocol::Field& field) { return field.name == name; });
}

}  // namespace

const EndpointHandler* FindEndpointHandler(EndpointId id) {
  return &kHandlers.at(static_cast<std::size_t>(id));
}

Status Identify(const EndpointHandler& endpoint, Call& call) {
  SLUICE_TRY(call.recipient,
             call.service.authenticator().Authenticate(
                 *call.catalog, call.request.Get("authorization"), &call.audit.denied));
  call.audit.recipient = call.recipient.name;
  if (!IsAllowedFrom(ClientAddress(call.request), call.recipient.allowed_networks)) {
    call.audit.denied = fmt::format("{} is in none of the networks of recipient {}",
                                    ClientAddress(call.request), call.recipient.name);
    return Fail(ErrorKind::kPermissionDenied,
                "this profile may not be used from this network; ask the provider");
  }
  call.capabilities = protocol::ParseCapabilities(call.request.Get(protocol::kCapabilitiesHeader));
  const std::string_view hash = call.request.Get(protocol::kFileIdHashHeader);
  if (!hash.empty() && TakesHeader(endpoint.id, protocol::kFileIdHashHeader)) {
    SLUICE_TRY(call.file_id_hash, protocol::ParseFileIdHash(hash));
  }
  return {};
}

}  // namespace sluice::api
