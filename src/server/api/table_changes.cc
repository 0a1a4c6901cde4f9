#include "protocol/request.h"
#include "server/api/endpoints.h"
#include "server/api/table_access.h"

namespace sluice::api {

Result<Answer> TableChanges(Call& call) {
  SLUICE_TRY(const auto table, FindTable(call));
  SLUICE_TRY(const auto parameters, protocol::ParseQueryString(call.request.query));
  SLUICE_TRY(const auto request, protocol::ParseChangesRequest(parameters));
  return Fail(ErrorKind::kUnsupported, "changes are not supported by this server");
}

}  // namespace sluice::api
