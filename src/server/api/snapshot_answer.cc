#include "server/api/snapshot_answer.h"

#include <algorithm>

#include "protocol/ndjson_writer.h"
#include "server/api/file_lines.h"
#include "server/api/query_hints.h"
#include "server/api/query_slices.h"
#include "server/api/service.h"
#include "server/api/table_lines.h"

namespace sluice::api {
namespace {

/// Of more files than this nobody counts the rows: it would take its time.
constexpr std::int64_t kMaxFilesCounted = 1'000;
/// Of a larger table nothing is answered at once.
constexpr std::int64_t kMaxFilesAtOnce = 100;

/// A question whose version and format are settled.
struct Settled {
  const protocol::QueryRequest& request;
  std::optional<SnapshotPage> page;
  bool with_version = false;
  VersionFiles files;
  protocol::ResponseFormat format = protocol::ResponseFormat::kParquet;
};

Status CheckPage(const SnapshotPage& page, const delta::Snapshot& snapshot) {
  if (delta::CountFilesAfter(snapshot, page.after) == page.files_after) return {};
  return Fail(ErrorKind::kInvalidArgument,
              "version {} of the table is not what it was when this page token was made: start "
              "again without it",
              snapshot.version());
}

Result<Settled> Settle(Call& call, const SharedTable& table, const SnapshotQuestion& question) {
  const protocol::QueryRequest& request = question.request;
  Settled out{request, std::nullopt, false, {}};
  SLUICE_TRY(out.page, OpenSnapshotPage(call, table, request));
  std::optional<PinnedVersion> pinned = question.pinned;
  if (out.page) {
    pinned = out.page->pinned;
  } else if (!pinned) {
    SLUICE_TRY(pinned, OpenRefreshToken(call, table, request));
  }
  VersionChoice choice{request.version, request.timestamp_ms};
  out.with_version = choice.asked();
  if (pinned) choice.pinned = pinned->version;
  SLUICE_TRY(out.files, ReadSnapshot(call, table, choice));
  const delta::Snapshot& shown = *out.files.shown;
  if (call.at_once && shown.num_files() > kMaxFilesAtOnce) return WouldWait(call);
  if (out.page) SLUICE_RETURN_IF_ERROR(CheckPage(*out.page, shown));
  SLUICE_TRY(out.format, ChooseFormat(call, shown, pinned ? pinned->format : std::nullopt));
  return out;
}

/// The files of the answer, and what their choice left to tell.
struct ChosenFiles {
  delta::SnapshotPtr files;
  std::string next_page_token;
};

HintedFiles SkipFiles(Call& call, const SharedTable& table, const Settled& settled) {
  const ServiceOptions& service = call.service.options();
  HintedFiles hinted = ApplyHints(settled.request, service.hints, settled.files.shown,
                                  &table.open->pool->threads, call.request.id);
  if (hinted.hinted) {
    // Predicates may have made bounds of columns, which the snapshot keeps.
    call.service.tables().Grown(*table.open, *settled.files.whole);
    call.audit.skipped_files = hinted.num_skipped;
  }
  return hinted;
}

ChosenFiles ChooseFiles(Call& call, const SharedTable& table, const Settled& settled) {
  const ServiceOptions& service = call.service.options();
  const protocol::QueryRequest& request = settled.request;
  const HintedFiles hinted = SkipFiles(call, table, settled);
  delta::PartRequest wanted;
  wanted.max_rows = settled.page ? settled.page->rows_left : request.limit_hint;
  if (settled.page) wanted.after = settled.page->after;
  if (request.max_files) wanted.max_files = std::min(*request.max_files, service.max_page_files);
  if (hinted.hinted) wanted.counted = &hinted.files.every;
  const delta::FilesPart part = delta::TakeFiles(hinted.files.snapshot, wanted);
  call.audit.files = part.files->num_files();
  call.audit.file_bytes = part.files->size_bytes();
  if (part.files->num_files() <= kMaxFilesCounted) call.audit.rows = part.files->num_records();
  ChosenFiles out{part.files, ""};
  if (!part.last) return out;
  SnapshotPage next;
  next.pinned = {settled.files.shown->version(), settled.format};
  next.after = *part.last;
  next.files_after = delta::CountFilesAfter(*settled.files.shown, *part.last);
  next.rows_left = part.rows_left;
  out.next_page_token = SealSnapshotPage(call, table, request, next);
  table.open->table->Keep(settled.files.whole);
  return out;
}

void AppendEnd(const Call& call, const SharedTable& table, const Settled& settled,
               protocol::EndStreamAction action, std::string* out) {
  const protocol::QueryRequest& request = settled.request;
  if (request.include_refresh_token) {
    action.refresh_token =
        SealRefreshToken(call, table, request, {settled.files.shown->version(), settled.format});
    table.open->table->Keep(settled.files.whole);
  } else if (!call.capabilities.include_end_stream_action && !request.max_files && !settled.page) {
    return;
  }
  protocol::AppendEndStreamLine(action, out);
}

}  // namespace

Result<PinnedVersion> SettleSnapshot(Call& call, const SharedTable& table,
                                     const SnapshotQuestion& question) {
  SLUICE_TRY(const Settled settled, Settle(call, table, question));
  SkipFiles(call, table, settled);
  table.open->table->Keep(settled.files.whole);
  return PinnedVersion{settled.files.shown->version(), settled.format};
}

Result<Answer> AnswerSnapshot(Call& call, const SharedTable& table,
                              const SnapshotQuestion& question) {
  SLUICE_TRY(const Settled settled, Settle(call, table, question));
  SLUICE_TRY(auto line, LineOptions(call, table, settled.format));
  const std::int64_t expires_at_ms = line.signer->expires_at_ms();
  ThreadPool* const pool = line.signer->waits() ? &table.open->pool->threads : nullptr;
  ChosenFiles chosen = ChooseFiles(call, table, settled);
  auto plan = std::make_shared<const QueryPlan>(PlanQuery(*chosen.files));
  auto lines = std::make_shared<const FileLines>(
      FileLinesOptions{chosen.files, std::move(line), settled.with_version});

  Answer answer;
  answer.head.content_type = kNdjsonType;
  AddTableHeaders(call, {settled.files.shown->version(), settled.format, true}, &answer.head);
  QuerySlicesOptions slices;
  slices.request_id = call.request.id;
  slices.pool = pool;
  slices.asked_for_end = call.capabilities.include_end_stream_action;
  slices.count = plan->num_slices();
  slices.append = [lines, plan](std::size_t slice, std::string* out) {
    return lines->AppendSlice(*plan, slice, out);
  };
  AppendTableLines({*settled.files.shown, settled.format, settled.with_version, table.directory},
                   &slices.begin);
  protocol::EndStreamAction action;
  action.next_page_token = std::move(chosen.next_page_token);
  if (slices.count > 0) action.min_url_expiration_ms = expires_at_ms;
  AppendEnd(call, table, settled, std::move(action), &slices.end);
  SLUICE_RETURN_IF_ERROR(SetBody(std::move(slices), &answer));
  return answer;
}

}  // namespace sluice::api
