#include "protocol/request.h"
#include "server/api/async_queries.h"
#include "server/api/changes_answer.h"
#include "server/api/endpoints.h"
#include "server/api/service.h"
#include "server/api/snapshot_answer.h"

namespace sluice::api {
namespace {

/// The query as it would have come without waiting, for this page.
Result<protocol::QueryRequest> PageOf(const jobs::Submission& submission,
                                      const protocol::QueryInfoRequest& page) {
  SLUICE_TRY(auto request, protocol::ParseQueryRequest(submission.body));
  if (page.max_files) request.max_files = page.max_files;
  request.page_token = page.page_token;
  // These are of the first page.
  if (!request.page_token.empty()) request.include_refresh_token = false;
  request.refresh_token.clear();
  return request;
}

}  // namespace

Result<Answer> QueryInfo(Call& call) {
  SLUICE_TRY(const auto found, FindTable(call));
  const SharedTable& table = *found;
  SLUICE_TRY(const auto page, protocol::ParseQueryInfoRequest(call.request.body));
  AsyncQueries* const queries = call.service.async_queries();
  if (queries == nullptr) {
    return Fail(ErrorKind::kNotFound, "this server answers queries at once and keeps none");
  }
  SLUICE_TRY(const auto job, queries->Find(call, table, call.arguments[3]));
  if (job.outcome.state != jobs::JobState::kSucceeded) return StatusAnswer(call, table, job);
  SLUICE_TRY(auto request, PageOf(job.submission, page));
  SetSubmitted(job.submission, &call);
  const auto format = job.outcome.delta_format ? protocol::ResponseFormat::kDelta
                                               : protocol::ResponseFormat::kParquet;
  if (!request.starting_version) {
    return AnswerSnapshot(call, table,
                          {std::move(request), PinnedVersion{job.outcome.version, format}});
  }
  ChangesQuestion question = ChangesOf(request);
  question.last = job.outcome.version;
  question.format = format;
  return AnswerChanges(call, table, question);
}

}  // namespace sluice::api
