#include "protocol/ndjson_writer.h"
#include "protocol/request.h"
#include "server/api/endpoints.h"
#include "server/api/error_response.h"
#include "server/api/service.h"
#include "server/api/table_access.h"

namespace sluice::api {
namespace {

std::string_view WireName(storage::StoreKind kind) {
  switch (kind) {
    case storage::StoreKind::kAzure:
      return "azureUserDelegationSas";
    case storage::StoreKind::kGcs:
      return "gcpOauthToken";
    default:
      return "awsTempCredentials";
  }
}

}  // namespace

Result<Answer> TemporaryCredentials(Call& call) {
  SLUICE_TRY(const auto found, FindTable(call));
  const SharedTable& table = *found;
  SLUICE_TRY(const auto request, protocol::ParseCredentialsRequest(call.request.body));
  const auto& vendor = table.open->ports.credentials;
  if (table.directory.empty() || vendor == nullptr) {
    return Fail(ErrorKind::kUnsupported,
                "there are no temporary credentials for table '{}.{}.{}'; its accessModes are "
                "'url' alone: query its files",
                table.entry.share, table.entry.schema, table.entry.name);
  }
  if (!request.location.empty() && request.location != table.directory) {
    return Fail(ErrorKind::kInvalidArgument, "location must be '{}', that of the table",
                table.directory);
  }
  auto vended = vendor->Vend(call.service.options().credentials_lifetime_ms);
  if (!vended) return Fail(OfStore(std::move(vended).error(), table.open->root));
  protocol::TemporaryCredentials out;
  out.location = table.directory;
  out.kind = WireName(vended->kind);
  out.fields.insert(vended->fields.begin(), vended->fields.end());
  out.expiration_ms = vended->expires_at_ms;
  Answer answer;
  answer.head.content_type = kJsonType;
  answer.head.headers.emplace_back("Cache-Control", "no-store");
  answer.body = protocol::FormatCredentials(out);
  return answer;
}

}  // namespace sluice::api
