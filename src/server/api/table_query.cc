#include "protocol/ndjson_writer.h"
#include "protocol/request.h"
#include "server/api/endpoints.h"
#include "server/api/query_hints.h"
#include "server/api/query_slices.h"
#include "server/api/service.h"
#include "server/api/table_access.h"
#include "server/api/table_lines.h"

namespace sluice::api {
namespace {

/// What this server does not do is refused by name, never passed over. It gives out no tokens for
/// queries, so each that comes belongs to another.
Status CheckSupported(const protocol::QueryRequest& request) {
  if (request.starting_version || request.ending_version) {
    return Fail(ErrorKind::kUnsupported, "{} is not supported by this server",
                request.starting_version ? "startingVersion" : "endingVersion");
  }
  if (!request.page_token.empty() || !request.refresh_token.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "{} was not made by this server, which answers a query whole",
                request.page_token.empty() ? "refreshToken" : "pageToken");
  }
  return {};
}

Result<protocol::FileIdHash> ChooseHash(const Call& call, protocol::ResponseFormat format) {
  const std::string_view header = call.request.Get(protocol::kFileIdHashHeader);
  if (!header.empty()) return protocol::ParseFileIdHash(header);
  return format == protocol::ResponseFormat::kDelta ? protocol::FileIdHash::kDelta
                                                    : protocol::FileIdHash::kParquet;
}

FileSignerOptions SignerOptions(const Call& call, const SharedTable& table) {
  const Service& service = call.service;
  FileSignerOptions options;
  options.signer =
      std::make_shared<LocalFileUrls>(service.file_urls(), service.BaseUrl(call.request));
  options.scope.table_id = table.entry.id;
  options.scope.recipient = service.file_urls()->RecipientId(call.recipient.name);
  options.scope.expires_at_ms = service.NowMillis() + service.options().url_lifetime_ms;
  options.table_root = table.open->root;
  options.roots = &service.data_roots();
  return options;
}

FileLinesOptions LinesOptions(const Call& call, const SharedTable& table,
                              delta::SnapshotPtr snapshot) {
  FileLinesOptions options;
  options.snapshot = std::move(snapshot);
  options.signer = std::make_shared<FileSigner>(SignerOptions(call, table));
  return options;
}

}  // namespace

Result<Answer> QueryTable(Call& call) {
  SLUICE_TRY(const auto table, FindTable(call));
  SLUICE_TRY(const auto request, protocol::ParseQueryRequest(call.request.body));
  SLUICE_RETURN_IF_ERROR(CheckSupported(request));
  const VersionChoice choice{request.version, request.timestamp_ms};
  SLUICE_TRY(const auto snapshot, ReadSnapshot(call, table, choice));
  SLUICE_TRY(const auto format, ChooseFormat(call, *snapshot));

  const ServiceOptions& service = call.service.options();
  const HintedFiles hinted =
      ApplyHints(request, service.hints, snapshot, service.table_pool, call.request.id);
  // Predicates may have made bounds of columns, which the snapshot keeps.
  if (hinted.hinted) call.service.tables().Grown(*table.open, *snapshot);
  FileLinesOptions options = LinesOptions(call, table, hinted.files.snapshot);
  options.format = format;
  SLUICE_TRY(options.hash, ChooseHash(call, format));
  options.with_version = choice.asked();
  QuerySlicesOptions slices;
  slices.lines = std::make_shared<FileLines>(std::move(options));
  slices.plan = PlanQuery(*hinted.files.snapshot,
                          {request.limit_hint, hinted.hinted ? &hinted.files.every : nullptr});
  slices.request_id = call.request.id;
  call.audit.files = slices.plan.num_files;
  if (hinted.hinted) call.audit.skipped_files = hinted.num_skipped;

  Answer answer;
  answer.head.content_type = kNdjsonType;
  AddTableHeaders(call, snapshot->version(), format, &answer.head);
  AppendTableLines(*snapshot, format, choice.asked(), &slices.begin);
  // The first files are rendered before the head is sent, so that what is wrong with all of them
  // still becomes a proper status.
  const std::size_t count = slices.plan.num_slices();
  if (count > 0) {
    SLUICE_RETURN_IF_ERROR(AppendSlice(*slices.lines, slices.plan, 0, &slices.begin));
  }
  if (call.capabilities.include_end_stream_action) {
    protocol::EndStreamAction action;
    if (count > 0) action.min_url_expiration_ms = slices.lines->expires_at_ms();
    protocol::AppendEndStreamLine(action, &slices.end);
  }
  if (count <= 1) {
    answer.body = std::move(slices.begin) + slices.end;
  } else {
    answer.slices = std::make_shared<QuerySlices>(std::move(slices));
  }
  return answer;
}

}  // namespace sluice::api
