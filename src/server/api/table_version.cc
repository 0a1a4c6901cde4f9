#include "protocol/request.h"
#include "server/api/endpoints.h"
#include "server/api/table_access.h"

namespace sluice::api {

Result<Answer> TableVersion(Call& call) {
  SLUICE_TRY(const auto found, FindTable(call));
  const SharedTable& table = *found;
  SLUICE_TRY(const auto parameters, protocol::ParseQueryString(call.request.query));
  SLUICE_TRY(const auto request, protocol::ParseVersionRequest(parameters));
  SLUICE_TRY(const std::int64_t version, ReadVersion(call, table, request.starting_timestamp_ms));
  Answer answer;
  // Some clients look for the format in every answer; no table is read for it here.
  const auto format = call.capabilities.accepts_parquet ? protocol::ResponseFormat::kParquet
                                                        : protocol::ResponseFormat::kDelta;
  AddTableHeaders(call, {version, format}, &answer.head);
  return answer;
}

}  // namespace sluice::api
