#include "client/listing.h"

#include <functional>
#include <unordered_set>
#include <vector>

#include "client/answer.h"

namespace sluice::client {
namespace {

constexpr int kMaxBreaks = 5;  ///< In a row, without a new file between.
constexpr int kMaxPages = 1'000'000;

bool IsTransient(ErrorKind kind) {
  return kind == ErrorKind::kUnavailable || kind == ErrorKind::kTimeout;
}

/// Refusals that a server gives to a version it would answer without being asked for it.
bool IsRefusal(ErrorKind kind) {
  return kind == ErrorKind::kInvalidArgument || kind == ErrorKind::kUnsupported ||
         kind == ErrorKind::kPermissionDenied || kind == ErrorKind::kDataMissing ||
         kind == ErrorKind::kNotFound;
}

}  // namespace

/// One walk over all pages, and what has come of it.
struct Listing::Pass {
  const ListingSink* sink = nullptr;
  std::function<Status(const TableInfo&)> on_table;
  std::optional<std::int64_t> wanted_version;
  std::vector<std::size_t> given;        ///< Hashes of the ids handed out.
  std::unordered_set<std::size_t> skip;  ///< Those handed out before a break.
  TableInfo table;
  bool has_protocol = false;
  bool has_metadata = false;
  bool table_given = false;
  std::optional<protocol::EndStreamAction> end;  ///< Of the page being read.

  Status OnLine(protocol::Line line);
  Status OnFile(protocol::File file);
  Status GiveTable();
};

Status Listing::Pass::GiveTable() {
  if (table_given) return {};
  if (!has_protocol || !has_metadata) {
    return Fail(ErrorKind::kMalformed, "the server's answer has no {} line",
                has_protocol ? "metaData" : "protocol");
  }
  table_given = true;
  return on_table ? on_table(table) : Status();
}

Status Listing::Pass::OnFile(protocol::File file) {
  SLUICE_RETURN_IF_ERROR(GiveTable());
  const std::size_t id = std::hash<std::string>()(file.id);
  if (skip.contains(id)) return {};
  given.push_back(id);
  return sink->on_file(std::move(file));
}

Status Listing::Pass::OnLine(protocol::Line line) {
  if (auto* file = std::get_if<protocol::File>(&line)) return OnFile(std::move(*file));
  if (auto* protocol_line = std::get_if<protocol::ProtocolLine>(&line)) {
    if (!has_protocol) table.protocol = std::move(*protocol_line);
    has_protocol = true;
  } else if (auto* metadata = std::get_if<protocol::MetadataLine>(&line)) {
    if (!has_metadata) table.metadata = std::move(*metadata);
    has_metadata = true;
    if (has_protocol) return GiveTable();
  } else if (auto* action = std::get_if<protocol::EndStreamAction>(&line)) {
    if (!action->error_message.empty()) {
      return Fail(KindOfAnswer(action->http_status_error_code.value_or(500), {}),
                  "the server broke off its answer: {}", action->error_message.substr(0, 1000));
    }
    end = std::move(*action);
  }
  return {};
}

Status Listing::RunPage(const protocol::QueryRequest& query, Pass* pass) const {
  RestRequest rest;
  rest.endpoint = protocol::EndpointId::kQueryTable;
  rest.arguments = {request_.table.share, request_.table.schema, request_.table.table};
  rest.body = protocol::FormatQueryRequest(query);
  rest.format = request_.format;

  std::optional<AnswerHeader> header;
  std::optional<AnswerReader> reader;
  pass->end.reset();
  RestClient::Receiver receiver;
  receiver.on_headers = [&](const net::HttpResponse& response) -> Status {
    SLUICE_TRY(header, ReadAnswerHeader(response));
    if (pass->wanted_version && *pass->wanted_version != header->version) {
      return Fail(ErrorKind::kDataMissing,
                  "the table has gone from version {} to {} while it was read, and the server "
                  "does not give the older one again",
                  *pass->wanted_version, header->version);
    }
    pass->table.version = header->version;
    pass->table.format = header->format;
    reader.emplace(header->format,
                   [pass](protocol::Line line) { return pass->OnLine(std::move(line)); });
    return {};
  };
  receiver.on_piece = [&](std::string_view piece) { return reader->Consume(piece); };
  receiver.cancelled = pass->sink->cancelled;
  SLUICE_TRY(const net::HttpResponse response, rest_->Stream(rest, receiver));
  if (!reader) SLUICE_RETURN_IF_ERROR(receiver.on_headers(response));
  SLUICE_RETURN_IF_ERROR(reader->Finish());
  if (header->ends_with_action && !pass->end) {
    return Fail(ErrorKind::kUnavailable, "the server's answer ends before its last line");
  }
  return {};
}

Status Listing::RunPass(const protocol::QueryRequest& query, Pass* pass) const {
  protocol::QueryRequest page = query;
  for (int number = 0; number < kMaxPages; ++number) {
    SLUICE_RETURN_IF_ERROR(RunPage(page, pass));
    if (!pass->end || pass->end->next_page_token.empty()) return pass->GiveTable();
    if (pass->end->next_page_token == page.page_token) {
      return Fail(ErrorKind::kMalformed, "the server answers page after page with the same token");
    }
    page.page_token = pass->end->next_page_token;
  }
  return Fail(ErrorKind::kTooLarge, "the server's answer has more than {} pages", kMaxPages);
}

Status Listing::RunPinned(Pass* pass) const {
  protocol::QueryRequest query = request_.query;
  query.version = table_->version;
  query.timestamp_ms.reset();
  pass->wanted_version = table_->version;
  Status status = RunPass(query, pass);
  if (status || !IsRefusal(status.error().kind)) return status;
  // History is not shared: the latest version will do while it is still the same.
  if (request_.query.version || request_.query.timestamp_ms) return status;
  return RunPass(request_.query, pass);
}

Status Listing::Run(const ListingSink& sink) {
  Pass pass;
  pass.sink = &sink;
  pass.on_table = [this, &sink](const TableInfo& table) {
    table_ = table;
    return sink.on_table(table);
  };
  Status status = RunPass(request_.query, &pass);
  // Before the first line, net has retried already.
  for (int breaks = 0; !status && pass.table_given && IsTransient(status.error().kind); ++breaks) {
    if (breaks == kMaxBreaks) break;
    const std::size_t before = pass.given.size();
    pass.skip.insert(pass.given.begin(), pass.given.end());
    status = RunPinned(&pass);
    // A server ends an answer that nobody reads for a while, and a slow reader meets that often.
    if (pass.given.size() > before) breaks = 0;
  }
  return status;
}

Status Listing::Repeat(const ListingSink& sink) const {
  Pass pass;
  pass.sink = &sink;
  pass.table_given = true;
  return RunPinned(&pass);
}

}  // namespace sluice::client
