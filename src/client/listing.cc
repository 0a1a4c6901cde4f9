#include "client/listing.h"

#include <functional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/hash.h"
#include "client/answer.h"

namespace sluice::client {
namespace {

constexpr int kMaxBreaks = 5;  ///< In a row, without a new file between.
constexpr int kMaxPages = 1'000'000;

bool IsTransient(ErrorKind kind) {
  return kind == ErrorKind::kUnavailable || kind == ErrorKind::kTimeout;
}

}  // namespace

/// One walk over all pages, and what has come of it.
struct Listing::Pass {
  const ListingSink* sink = nullptr;
  std::function<Status(const TableInfo&)> on_table;
  std::optional<std::int64_t> wanted_version;
  bool changes = false;
  std::vector<std::size_t> given;        ///< Hashes of the keys handed out.
  std::unordered_set<std::size_t> skip;  ///< Those handed out before a break.
  TableInfo table;
  bool has_protocol = false;
  bool has_metadata = false;
  bool table_given = false;
  std::optional<protocol::EndStreamAction> end;  ///< Of the page being read.
  std::optional<PendingQuery> query;             ///< Of this walk; has an id once it was pending.

  Status Begin(const AnswerHeader& header, const Result<std::int64_t>& version);
  Status OnLine(protocol::Line line);
  Status OnFile(protocol::File file);
  Status OnProtocol(protocol::ProtocolLine line);
  Status OnMetadata(protocol::MetadataLine line);
  Status GiveTable();
  Status GiveHistory();
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
  using protocol::FileKind;
  SLUICE_RETURN_IF_ERROR(GiveTable());
  if (changes && file.kind == FileKind::kFile) file.kind = FileKind::kAdd;
  // A version has no files but those that are there.
  if (!changes && file.kind != FileKind::kFile) return {};
  const std::size_t key = std::hash<std::string>()(KeyOf(file));
  if (skip.contains(key)) return {};
  given.push_back(key);
  return sink->on_file(std::move(file));
}

Status Listing::Pass::GiveHistory() {
  // The head is complete when both its lines are there; each line after it tells of a change.
  if (!has_protocol || !has_metadata) return {};
  if (!table_given) return GiveTable();
  return changes && sink->on_history ? sink->on_history(table) : Status();
}

Status Listing::Pass::OnProtocol(protocol::ProtocolLine line) {
  if (has_protocol && !changes) return {};
  table.protocol = std::move(line);
  has_protocol = true;
  return GiveHistory();
}

Status Listing::Pass::OnMetadata(protocol::MetadataLine line) {
  if (has_metadata && !changes) return {};
  table.metadata = std::move(line);
  has_metadata = true;
  return GiveHistory();
}

/// What is known of an answer before its first line.
Status Listing::Pass::Begin(const AnswerHeader& header, const Result<std::int64_t>& version) {
  if (!version) return Fail(version.error());
  if (wanted_version && *wanted_version != *version) {
    return Fail(ErrorKind::kDataMissing,
                "the table has gone from version {} to {} while it was read, and the server "
                "does not give the older one again",
                *wanted_version, *version);
  }
  table.version = *version;
  table.format = header.format;
  return {};
}

Status Listing::Pass::OnLine(protocol::Line line) {
  if (auto* file = std::get_if<protocol::File>(&line)) return OnFile(std::move(*file));
  if (auto* protocol_line = std::get_if<protocol::ProtocolLine>(&line)) {
    return OnProtocol(std::move(*protocol_line));
  }
  if (auto* metadata = std::get_if<protocol::MetadataLine>(&line)) {
    return OnMetadata(std::move(*metadata));
  }
  if (auto* action = std::get_if<protocol::EndStreamAction>(&line)) {
    if (!action->error_message.empty()) {
      return Fail(KindOfAnswer(action->http_status_error_code.value_or(500), {}),
                  "the server broke off its answer: {}", action->error_message.substr(0, 1000));
    }
    end = std::move(*action);
  }
  return {};
}

namespace {

RestRequest ToRest(const protocol::QueryRequest& query) {
  RestRequest rest;
  rest.endpoint = protocol::EndpointId::kQueryTable;
  rest.body = protocol::FormatQueryRequest(query);
  rest.async_query = !query.idempotency_key.empty();
  return rest;
}

RestRequest ToRest(const protocol::ChangesRequest& query) {
  RestRequest rest;
  rest.endpoint = protocol::EndpointId::kTableChanges;
  rest.query = protocol::FormatChangesRequest(query);
  return rest;
}

/// Of the result of a query that was pending.
RestRequest ToRest(const std::string& page_token) {
  RestRequest rest;
  rest.endpoint = protocol::EndpointId::kQueryInfo;
  rest.body = protocol::FormatQueryInfoRequest({{}, page_token});
  return rest;
}

const std::string& PageTokenOf(const ListingQuery& query) {
  return std::visit([](auto& any) -> const std::string& { return any.page_token; }, query);
}

bool IsOfChanges(const ListingQuery& query) {
  const auto* snapshot = std::get_if<protocol::QueryRequest>(&query);
  return snapshot == nullptr || snapshot->starting_version;
}

/// The newest version, which a refresh token may be had for.
bool IsLatest(const ListingQuery& query) {
  const auto* snapshot = std::get_if<protocol::QueryRequest>(&query);
  return snapshot != nullptr && !snapshot->version && !snapshot->timestamp_ms &&
         !snapshot->starting_version;
}

void PrepareFirstPage(ListingQuery* query, bool async) {
  auto* const snapshot = std::get_if<protocol::QueryRequest>(query);
  if (snapshot == nullptr) return;
  if (IsLatest(*query)) snapshot->include_refresh_token = true;
  // A submission that is sent twice, over a connection that broke, is still one query.
  if (async) snapshot->idempotency_key = HexEncode(RandomBytes(16));
}

/// Refresh tokens are of the first page, and only it is submitted.
void PrepareNextPage(ListingQuery* query, std::string page_token) {
  if (auto* snapshot = std::get_if<protocol::QueryRequest>(query)) {
    snapshot->include_refresh_token = false;
    snapshot->refresh_token.clear();
    snapshot->idempotency_key.clear();
  }
  std::visit([&](auto& any) { any.page_token = std::move(page_token); }, *query);
}

/// Asks for the version again that an answer began with.
void Pin(std::int64_t version, protocol::QueryRequest* query) {
  if (query->starting_version) return;  // The answer begins with it.
  query->version = version;
  query->timestamp_ms.reset();
}

void Pin(std::int64_t version, protocol::ChangesRequest* query) {
  query->starting_version = version;
  query->starting_timestamp_ms.reset();
}

}  // namespace

/// Reads one answer; it may be that the query is worked on.
Result<std::optional<PendingAnswer>> Listing::AskPage(const ListingQuery& query, Pass* pass) const {
  const std::string& id = pass->query->id();
  RestRequest rest = id.empty() ? std::visit([](const auto& any) { return ToRest(any); }, query)
                                : ToRest(PageTokenOf(query));
  rest.arguments = {request_.table.share, request_.table.schema, request_.table.table};
  if (!id.empty()) rest.arguments.push_back(id);
  rest.format = request_.format;

  AnswerHeader header;
  Result<std::int64_t> version = 0;
  std::optional<AnswerReader> reader;
  std::optional<PendingAnswer> pending;
  bool begun = false;
  const auto begin = [&]() -> Status {
    return std::exchange(begun, true) ? Status() : pass->Begin(header, version);
  };
  pass->end.reset();
  RestClient::Receiver receiver;
  receiver.on_headers = [&](const net::HttpResponse& response) -> Status {
    header = ReadAnswerHeader(response);
    // An answer that tells only how a query stands need not have one.
    version = ReadTableVersion(response);
    reader.emplace(header.format, [&](protocol::Line line) -> Status {
      if (auto* status = std::get_if<protocol::QueryStatus>(&line)) {
        pending = {std::move(*status), {}};
        return {};
      }
      SLUICE_RETURN_IF_ERROR(begin());
      return pass->OnLine(std::move(line));
    });
    return {};
  };
  // Lines that do not parse, of what has no version either, are no answer, but the page of a login.
  const auto judged = [&](Status read) -> Status {
    return read || begun || pending || version ? read : Fail(version.error());
  };
  receiver.on_piece = [&](std::string_view piece) { return judged(reader->Consume(piece)); };
  receiver.cancelled = pass->sink->cancelled;
  SLUICE_TRY(const net::HttpResponse response, rest_->Stream(rest, receiver));
  if (!reader) SLUICE_RETURN_IF_ERROR(receiver.on_headers(response));
  const Status finished = judged(reader->Finish());
  if (pending) {
    SLUICE_RETURN_IF_ERROR(finished);
    pending->retry_after = response.Get("retry-after");
    return pending;
  }
  // A line that was cut off does not parse either.
  if (header.ends_with_action && !pass->end) {
    return Fail(ErrorKind::kUnavailable, "the server's answer ends before its last line");
  }
  SLUICE_RETURN_IF_ERROR(finished);
  SLUICE_RETURN_IF_ERROR(begin());
  return pending;
}

Status Listing::RunPage(const ListingQuery& query, Pass* pass) const {
  for (;;) {
    SLUICE_TRY(const auto pending, AskPage(query, pass));
    if (!pending) return {};
    SLUICE_RETURN_IF_ERROR(pass->query->Wait(*pending, pass->sink->cancelled));
  }
}

Status Listing::RunPass(ListingQuery query, Pass* pass) const {
  pass->changes = IsOfChanges(query);
  pass->query.emplace(request_.pending_limit_ms);
  PrepareFirstPage(&query, request_.async_query);
  for (int number = 0; number < kMaxPages; ++number) {
    SLUICE_RETURN_IF_ERROR(RunPage(query, pass));
    if (!pass->end) return pass->GiveTable();
    if (!pass->end->refresh_token.empty()) SetRefreshToken(std::move(pass->end->refresh_token));
    if (pass->end->next_page_token.empty()) return pass->GiveTable();
    if (pass->end->next_page_token == PageTokenOf(query)) {
      return Fail(ErrorKind::kMalformed, "the server answers page after page with the same token");
    }
    PrepareNextPage(&query, std::move(pass->end->next_page_token));
  }
  return Fail(ErrorKind::kTooLarge, "the server's answer has more than {} pages", kMaxPages);
}

std::string Listing::RefreshToken() const {
  const std::lock_guard lock(mutex_);
  return refresh_token_;
}

void Listing::SetRefreshToken(std::string token) const {
  const std::lock_guard lock(mutex_);
  refresh_token_ = std::move(token);
}

Status Listing::RunRefreshed(Pass* pass) const {
  auto query = std::get<protocol::QueryRequest>(request_.query);
  query.refresh_token = RefreshToken();
  Status status = RunPass(query, pass);
  // It may have expired.
  if (!status && IsRefusal(status.error().kind)) SetRefreshToken({});
  return status;
}

Status Listing::RunPinned(Pass* pass) const {
  pass->wanted_version = version_;
  if (IsLatest(request_.query) && !RefreshToken().empty()) {
    Status status = RunRefreshed(pass);
    if (status || !IsRefusal(status.error().kind)) return status;
  }
  ListingQuery query = request_.query;
  std::visit([this](auto& any) { Pin(version_, &any); }, query);
  Status status = RunPass(std::move(query), pass);
  if (status || !IsRefusal(status.error().kind)) return status;
  // History is not shared: the latest version will do while it is still the same.
  if (!IsLatest(request_.query)) return status;
  return RunPass(request_.query, pass);
}

Status Listing::Run(const ListingSink& sink) {
  Pass pass;
  pass.sink = &sink;
  pass.on_table = [this, &sink](const TableInfo& table) {
    version_ = table.version;
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
