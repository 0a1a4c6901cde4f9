#include "protocol/request.h"
#include "server/api/async_queries.h"
#include "server/api/changes_answer.h"
#include "server/api/endpoints.h"
#include "server/api/error_response.h"
#include "server/api/service.h"
#include "server/api/snapshot_answer.h"
#include "server/api/table_access.h"

namespace sluice::api {

Result<Answer> QueryTable(Call& call) {
  SLUICE_TRY(const auto table, FindTable(call));
  SLUICE_TRY(auto request, protocol::ParseQueryRequest(call.request.body));
  AsyncQueries* const queries = call.service.async_queries();
  // A later page is there already.
  if (call.capabilities.async_query && queries != nullptr && request.page_token.empty()) {
    SLUICE_TRY(const auto submitted, queries->Submit(call, table, request));
    if (submitted.job) return StatusAnswer(call, table, *submitted.job);
    auto refused = StatusResponse(429, submitted.refused);
    return Answer{std::move(refused.head), std::move(refused.body), nullptr, std::nullopt};
  }
  if (request.starting_version) return AnswerChanges(call, table, ChangesOf(request));
  return AnswerSnapshot(call, table, {std::move(request), std::nullopt});
}

}  // namespace sluice::api
