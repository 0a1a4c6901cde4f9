#include "protocol/request.h"
#include "server/api/changes_answer.h"
#include "server/api/endpoints.h"

namespace sluice::api {
namespace {

/// Versions for the times that may stand in their place.
Status ResolveTimes(Call& call, const SharedTable& table, const protocol::ChangesRequest& request,
                    ChangesQuestion* question) {
  if (request.starting_timestamp_ms) {
    SLUICE_TRY(question->first, ReadVersion(call, table, request.starting_timestamp_ms));
  }
  if (request.ending_timestamp_ms) {
    SLUICE_TRY(question->last, ReadVersionBefore(table, *request.ending_timestamp_ms));
  }
  return {};
}

}  // namespace

Result<Answer> TableChanges(Call& call) {
  SLUICE_TRY(const auto found, FindTable(call));
  const SharedTable& table = *found;
  SLUICE_TRY(const auto parameters, protocol::ParseQueryString(call.request.query));
  SLUICE_TRY(const auto request, protocol::ParseChangesRequest(parameters));
  ChangesQuestion question;
  question.first = request.starting_version.value_or(0);
  question.last = request.ending_version;
  SLUICE_RETURN_IF_ERROR(ResolveTimes(call, table, request, &question));
  question.later_metadata = request.include_historical_metadata;
  question.later_protocols = request.include_historical_protocol;
  question.max_files = request.max_files;
  question.page_token = request.page_token;
  return AnswerChanges(call, table, question);
}

}  // namespace sluice::api
