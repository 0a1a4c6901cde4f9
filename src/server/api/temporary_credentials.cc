#include "protocol/request.h"
#include "server/api/endpoints.h"
#include "server/api/table_access.h"

namespace sluice::api {

/// All tables lie on the server's own disk, which no credential opens: so whoever may see a table
/// is told how to read it, and nobody where it lies.
Result<Answer> TemporaryCredentials(Call& call) {
  SLUICE_TRY(const auto table, FindTable(call));
  SLUICE_RETURN_IF_ERROR(
      protocol::ParseCredentialsRequest(call.request.body).map([](const auto&) {}));
  return Fail(ErrorKind::kUnsupported,
              "table '{}.{}.{}' lies in storage that has no temporary credentials; its accessModes "
              "are 'url' alone: query its files",
              table.entry.share, table.entry.schema, table.entry.name);
}

}  // namespace sluice::api
