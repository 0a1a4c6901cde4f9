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
  // A later page is there already; and what a recipient may see of the rows is not kept with a job.
  const bool later = call.capabilities.async_query && request.page_token.empty();
  if (later && queries != nullptr && table.rows == nullptr) {
    if (call.at_once) return WouldWait(call);
    SLUICE_TRY(const auto submitted, queries->Submit(call, table, request));
    if (submitted.job) return StatusAnswer(call, table, *submitted.job);
    auto refused = TooManyRequests(submitted.refused, 1);
    return Answer{std::move(refused.head), std::move(refused.body), nullptr, std::nullopt};
  }
  if (request.starting_version) return AnswerChanges(call, table, ChangesOf(request));
  return AnswerSnapshot(call, table, {std::move(request), std::nullopt});
}

}  // namespace sluice::api
