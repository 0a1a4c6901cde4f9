#include "protocol/request.h"
#include "server/api/async_queries.h"
#include "server/api/changes_answer.h"
#include "server/api/endpoints.h"
#include "server/api/error_response.h"
#include "server/api/recent_answers.h"
#include "server/api/service.h"
#include "server/api/snapshot_answer.h"
#include "server/api/table_access.h"

namespace sluice::api {
namespace {

/// URLs that live less than this are not given twice.
constexpr std::int64_t kMinLifetimeMs = 60'000;

Result<Answer> AnswerQuery(Call& call, const SharedTable& table) {
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

/// All that the answer of a call at once depends on, beside the snapshot: who asks, for which
/// table, by which way, and what. No part but the last holds a line break.
std::string QuestionOf(const Call& call, const SharedTable& table) {
  std::string out;
  out.reserve(512);
  out += call.recipient.name;
  for (const auto& network : call.recipient.allowed_networks) out.append(",").append(network);
  for (const std::string_view part :
       {std::string_view(table.entry.id), std::string_view(call.audit.table),
        std::string_view(table.directory), call.request.Get(protocol::kCapabilitiesHeader),
        call.request.Get(protocol::kFileIdHashHeader)}) {
    out.append("\n").append(part);
  }
  return out.append("\n")
      .append(call.service.BaseUrl(call.request))
      .append("\n")
      .append(call.request.body);
}

Result<Answer> AnswerAtOnce(Call& call, const SharedTable& table) {
  SLUICE_TRY(const auto snapshot, NewestAtHand(call, table));
  RecentAnswers& recent = call.service.recent_answers();
  const std::int64_t now = call.service.NowMillis();
  std::string question = QuestionOf(call, table);
  if (auto known = recent.Find(question, snapshot, now)) {
    call.audit = std::move(known->audit);
    Answer answer;
    answer.made = std::move(known->response);
    return answer;
  }
  auto answer = AnswerQuery(call, table);
  if (answer) recent.Keep(std::move(question), snapshot, now, call.audit, &*answer);
  return answer;
}

}  // namespace

Result<Answer> QueryTable(Call& call) {
  SLUICE_TRY(const auto found, FindTable(call));
  const SharedTable& table = *found;
  const bool lasting = call.service.options().url_lifetime_ms >= kMinLifetimeMs;
  return call.at_once && lasting ? AnswerAtOnce(call, table) : AnswerQuery(call, table);
}

}  // namespace sluice::api
