#include "server/api/changes_answer.h"

#include <algorithm>

#include "protocol/ndjson_writer.h"
#include "server/api/change_lines.h"
#include "server/api/changes_page.h"
#include "server/api/query_slices.h"
#include "server/api/service.h"
#include "server/api/table_lines.h"

namespace sluice::api {
namespace {

delta::ChangesRequest RangeOf(const ChangesQuestion& question, std::int64_t max_page_files,
                              const std::optional<ChangesPage>& page) {
  delta::ChangesRequest range;
  range.kind = question.kind;
  range.first = question.first;
  range.last = question.last;
  if (question.max_files) range.max_files = std::min(*question.max_files, max_page_files);
  if (page) {
    range.last = page->last;
    range.from = page->from;
  }
  return range;
}

/// Changes that were looked through, and how they are told.
struct SettledChanges {
  std::optional<ChangesPage> page;
  delta::ChangesPtr changes;
  protocol::ResponseFormat format = protocol::ResponseFormat::kParquet;
};

Result<SettledChanges> LookThrough(Call& call, const SharedTable& table,
                                   const ChangesQuestion& question) {
  SettledChanges out;
  SLUICE_TRY(out.page, OpenPage(call, table, question));
  const std::int64_t max_page_files = call.service.options().max_page_files;
  SLUICE_TRY(out.changes, ReadChanges(call, table, RangeOf(question, max_page_files, out.page)));
  SLUICE_TRY(out.format, protocol::NegotiateFormat(
                             OnlyFormat(call, out.page ? out.page->format : question.format),
                             {out.changes->listed_features(), out.changes->used_features()}));
  if (!question.later_metadata) SLUICE_RETURN_IF_ERROR(out.changes->CheckSchemas());
  return out;
}

void AppendHead(const delta::Changes& changes, const ChangesQuestion& question,
                protocol::ResponseFormat format, std::string* out) {
  const bool at_start = question.later_metadata;
  if (question.later_protocols) {
    AppendProtocol(changes.start().protocol, format, changes.first(), out);
  } else {
    AppendProtocol(changes.reader_protocol(), format, std::nullopt, out);
  }
  const delta::TableState& state = at_start ? changes.start() : changes.end();
  const std::int64_t version = at_start ? changes.first() : changes.last();
  AppendMetadata(state.metadata, format, {.version = version}, out);
}

}  // namespace

ChangesQuestion ChangesOf(const protocol::QueryRequest& request) {
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

Result<PinnedVersion> SettleChanges(Call& call, const SharedTable& table,
                                    const ChangesQuestion& question) {
  SLUICE_TRY(const auto settled, LookThrough(call, table, question));
  return PinnedVersion{settled.changes->last(), settled.format};
}

Result<Answer> AnswerChanges(Call& call, const SharedTable& table,
                             const ChangesQuestion& question) {
  SLUICE_TRY(const auto settled, LookThrough(call, table, question));
  const auto& [page, changes, format] = settled;
  SLUICE_TRY(auto line, LineOptions(call, table, format));
  const std::int64_t expires_at_ms = line.signer->expires_at_ms();
  auto lines = std::make_shared<const ChangeLines>(ChangeLinesOptions{
      changes, std::move(line), question.later_metadata, question.later_protocols});

  Answer answer;
  answer.head.content_type = kNdjsonType;
  AddTableHeaders(call, {changes->first(), format, true}, &answer.head);
  QuerySlicesOptions slices;
  slices.request_id = call.request.id;
  slices.asked_for_end = call.capabilities.include_end_stream_action;
  slices.count = lines->num_slices();
  // Its lines are read once more, which may wait for a store.
  if (table.open->kind != storage::StoreKind::kLocal) slices.pool = &table.open->pool->threads;
  // The table keeps the store open.
  slices.append = [lines, open = table.open](std::size_t slice, std::string* out) {
    return lines->AppendSlice(slice, out);
  };
  AppendHead(*changes, question, format, &slices.begin);
  if (call.capabilities.include_end_stream_action || question.max_files || page) {
    protocol::EndStreamAction action;
    if (changes->num_files() > 0) action.min_url_expiration_ms = expires_at_ms;
    if (changes->next()) {
      action.next_page_token =
          SealPage(call, table, question, {changes->last(), *changes->next(), format});
    }
    protocol::AppendEndStreamLine(action, &slices.end);
  }
  SLUICE_RETURN_IF_ERROR(SetBody(std::move(slices), &answer));
  return answer;
}

}  // namespace sluice::api
