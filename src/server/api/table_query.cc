#include "protocol/ndjson_writer.h"
#include "protocol/request.h"
#include "server/api/changes_answer.h"
#include "server/api/endpoints.h"
#include "server/api/file_lines.h"
#include "server/api/query_hints.h"
#include "server/api/query_slices.h"
#include "server/api/service.h"
#include "server/api/table_access.h"
#include "server/api/table_lines.h"

namespace sluice::api {
namespace {

/// This server gives out no tokens for snapshots, so each that comes belongs to another.
Status CheckTokens(const protocol::QueryRequest& request) {
  if (request.page_token.empty() && request.refresh_token.empty()) return {};
  return Fail(ErrorKind::kInvalidArgument,
              "{} was not made by this server, which answers a query whole",
              request.page_token.empty() ? "refreshToken" : "pageToken");
}

ChangesQuestion FollowTable(const protocol::QueryRequest& request) {
  ChangesQuestion question;
  question.kind = delta::ChangesKind::kFiles;
  question.first = *request.starting_version;
  question.last = request.ending_version;
  question.later_metadata = true;
  question.later_protocols = request.include_historical_protocol;
  question.max_files = request.max_files;
  question.page_token = request.page_token;
  return question;
}

Result<Answer> AnswerSnapshot(Call& call, const SharedTable& table,
                              const protocol::QueryRequest& request) {
  const VersionChoice choice{request.version, request.timestamp_ms};
  SLUICE_TRY(const auto snapshot, ReadSnapshot(call, table, choice));
  SLUICE_TRY(const auto format, ChooseFormat(call, *snapshot));
  SLUICE_TRY(auto line, LineOptions(call, table, format));
  const std::int64_t expires_at_ms = line.signer->expires_at_ms();

  const ServiceOptions& service = call.service.options();
  const HintedFiles hinted =
      ApplyHints(request, service.hints, snapshot, service.table_pool, call.request.id);
  // Predicates may have made bounds of columns, which the snapshot keeps.
  if (hinted.hinted) call.service.tables().Grown(*table.open, *snapshot);
  auto plan = std::make_shared<const QueryPlan>(PlanQuery(
      *hinted.files.snapshot, {request.limit_hint, hinted.hinted ? &hinted.files.every : nullptr}));
  call.audit.files = plan->num_files;
  if (hinted.hinted) call.audit.skipped_files = hinted.num_skipped;
  auto lines = std::make_shared<const FileLines>(
      FileLinesOptions{hinted.files.snapshot, std::move(line), choice.asked()});

  Answer answer;
  answer.head.content_type = kNdjsonType;
  AddTableHeaders(call, snapshot->version(), format, &answer.head);
  QuerySlicesOptions slices;
  slices.request_id = call.request.id;
  slices.count = plan->num_slices();
  slices.append = [lines, plan](std::size_t slice, std::string* out) {
    return lines->AppendSlice(*plan, slice, out);
  };
  AppendTableLines(*snapshot, format, choice.asked(), &slices.begin);
  if (call.capabilities.include_end_stream_action) {
    protocol::EndStreamAction action;
    if (slices.count > 0) action.min_url_expiration_ms = expires_at_ms;
    protocol::AppendEndStreamLine(action, &slices.end);
  }
  SLUICE_RETURN_IF_ERROR(SetBody(std::move(slices), &answer));
  return answer;
}

}  // namespace

Result<Answer> QueryTable(Call& call) {
  SLUICE_TRY(const auto table, FindTable(call));
  SLUICE_TRY(const auto request, protocol::ParseQueryRequest(call.request.body));
  if (request.starting_version) return AnswerChanges(call, table, FollowTable(request));
  SLUICE_RETURN_IF_ERROR(CheckTokens(request));
  return AnswerSnapshot(call, table, request);
}

}  // namespace sluice::api
