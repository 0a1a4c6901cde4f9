#include "client/client.h"

#include <arrow/compute/initialize.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>

#include "base/arrow_status.h"
#include "client/answer.h"
#include "client/listing.h"
#include "client/rest_client.h"
#include "client/scan_pipeline.h"

namespace sluice::client {
namespace {

constexpr int kMaxPages = 100'000;

using protocol::EndpointId;

template <typename T>
using ParsePage = Result<protocol::Page<T>> (*)(std::string_view);

Status InitializeArrow() {
  static const arrow::Status status = arrow::compute::Initialize();
  SLUICE_RETURN_IF_ARROW(status, "arrow");
  return {};
}

Result<ListingRequest> ListingOf(const ScanRequest& request) {
  ListingRequest listing;
  listing.table = request.table;
  listing.format = request.format;
  protocol::QueryRequest query;
  query.version = request.version;
  query.json_predicate_hints = request.json_predicate_hints;
  if (!request.timestamp.empty()) {
    if (request.version) {
      return Fail(ErrorKind::kInvalidArgument, "version and timestamp exclude each other");
    }
    SLUICE_TRY(query.timestamp_ms, ParseTimestamp(request.timestamp));
  }
  // To a server, 0 means no limit.
  if (request.limit) query.limit_hint = std::max<std::int64_t>(*request.limit, 1);
  listing.query = std::move(query);
  return listing;
}

/// One end of a range of versions.
Status CheckEnd(std::string_view name, const std::optional<std::int64_t>& version,
                const std::string& timestamp) {
  if (version && !timestamp.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "{0} version and {0} timestamp exclude each other",
                name);
  }
  if (version && *version < 0) {
    return Fail(ErrorKind::kInvalidArgument, "{} version {} is negative", name, *version);
  }
  return {};
}

Result<protocol::ChangesRequest> ChangesQueryOf(const ChangesRequest& request) {
  SLUICE_RETURN_IF_ERROR(
      CheckEnd("starting", request.starting_version, request.starting_timestamp));
  SLUICE_RETURN_IF_ERROR(CheckEnd("ending", request.ending_version, request.ending_timestamp));
  if (!request.starting_version && request.starting_timestamp.empty()) {
    return Fail(ErrorKind::kInvalidArgument,
                "changes need a start: give a starting version or a starting timestamp");
  }
  protocol::ChangesRequest query;
  query.starting_version = request.starting_version;
  query.ending_version = request.ending_version;
  if (!request.starting_timestamp.empty()) {
    SLUICE_TRY(query.starting_timestamp_ms, ParseTimestamp(request.starting_timestamp));
  }
  if (!request.ending_timestamp.empty()) {
    SLUICE_TRY(query.ending_timestamp_ms, ParseTimestamp(request.ending_timestamp));
  }
  if (query.ending_version && query.starting_version.value_or(0) > *query.ending_version) {
    return Fail(ErrorKind::kInvalidArgument, "ending version {} lies before starting version {}",
                *query.ending_version, *query.starting_version);
  }
  // To see whether all the rows can be told under one schema.
  query.include_historical_metadata = true;
  query.include_historical_protocol = true;
  return query;
}

class RemoteClient : public Client {
 public:
  RemoteClient(std::shared_ptr<const RestClient> rest, const ClientOptions& options)
      : rest_(std::move(rest)), options_(options) {}

  Result<std::vector<protocol::Share>> ListShares() override {
    return ListPages<protocol::Share>({EndpointId::kListShares, {}}, protocol::ParseShares);
  }

  Result<std::vector<protocol::Schema>> ListSchemas(const std::string& share) override {
    return ListPages<protocol::Schema>({EndpointId::kListSchemas, {share}}, protocol::ParseSchemas);
  }

  Result<std::vector<protocol::Table>> ListTables(const std::string& share,
                                                  const std::string& schema) override {
    return ListPages<protocol::Table>({EndpointId::kListTables, {share, schema}},
                                      protocol::ParseTables);
  }

  Result<std::vector<protocol::Table>> ListAllTables(const std::string& share) override {
    auto tables =
        ListPages<protocol::Table>({EndpointId::kListAllTables, {share}}, protocol::ParseTables);
    if (tables || tables.error().kind != ErrorKind::kNotFound) return tables;
    // Either the share is unknown, which the next call tells, or the endpoint is.
    SLUICE_TRY(const auto schemas, ListSchemas(share));
    std::vector<protocol::Table> all;
    for (const protocol::Schema& schema : schemas) {
      SLUICE_TRY(auto some, ListTables(share, schema.name));
      std::move(some.begin(), some.end(), std::back_inserter(all));
    }
    return all;
  }

  Result<std::int64_t> TableVersion(const protocol::TableName& table,
                                    const std::string& starting_timestamp) override {
    RestRequest request = ForTable(EndpointId::kTableVersion, table);
    if (!starting_timestamp.empty()) {
      SLUICE_TRY(const std::int64_t millis, ParseTimestamp(starting_timestamp));
      request.query = {{"startingTimestamp", FormatTimestamp(millis)}};
    }
    auto response = rest_->Send(request);
    if (!response && response.error().kind == ErrorKind::kNotFound) {
      // Servers of the protocol's first days know the older form only.
      request.endpoint = EndpointId::kTableVersionHead;
      if (auto older = rest_->Send(request)) response = std::move(older);
    }
    if (!response) return Fail(response.error());
    return ReadTableVersion(*response);
  }

  Result<TableInfo> Describe(const protocol::TableName& table,
                             std::optional<protocol::ResponseFormat> format) override {
    RestRequest request = ForTable(EndpointId::kTableMetadata, table);
    request.format = format;
    return Describe(request);
  }

  Result<std::shared_ptr<Scan>> StartScan(ScanRequest request) override {
    SLUICE_RETURN_IF_ERROR(InitializeArrow());
    PipelineRequest pipeline;
    SLUICE_TRY(pipeline.listing, ListingOf(request));
    pipeline.plan.columns = std::move(request.columns);
    pipeline.limit = request.limit;
    pipeline.keep_order = request.keep_order;
    return Start(std::move(pipeline));
  }

  Result<std::shared_ptr<Scan>> StartChanges(ChangesRequest request) override {
    SLUICE_RETURN_IF_ERROR(InitializeArrow());
    SLUICE_TRY(protocol::ChangesRequest query, ChangesQueryOf(request));
    SLUICE_TRY(TableInfo end, DescribeEnd(request.table, query));
    ChangesToRead changes;
    changes.last_version = std::min(query.ending_version.value_or(end.version), end.version);
    if (!query.ending_version && !query.ending_timestamp_ms &&
        query.starting_version.value_or(0) <= end.version) {
      query.ending_version = end.version;
    }
    PipelineRequest pipeline;
    pipeline.listing.table = request.table;
    pipeline.listing.format = request.format;
    // Where the end needs the delta format, a server must not choose by the start.
    if (!request.format && end.format == protocol::ResponseFormat::kDelta) {
      pipeline.listing.format = end.format;
    }
    pipeline.listing.query = std::move(query);
    pipeline.plan.columns = std::move(request.columns);
    pipeline.plan.changes = request.commit_time;
    pipeline.limit = request.limit;
    pipeline.keep_order = request.keep_order;
    changes.read_as = std::move(end);
    pipeline.changes = std::move(changes);
    return Start(std::move(pipeline));
  }

  void Interrupt() override { rest_->Interrupt(); }

 private:
  static RestRequest ForTable(EndpointId endpoint, const protocol::TableName& table) {
    RestRequest request;
    request.endpoint = endpoint;
    request.arguments = {table.share, table.schema, table.table};
    return request;
  }

  Result<TableInfo> Describe(const RestRequest& request) const {
    SLUICE_TRY(const net::HttpResponse response, rest_->Send(request));
    SLUICE_TRY(const AnswerHeader header, ReadAnswerHeader(response));
    TableInfo info;
    info.version = header.version;
    info.format = header.format;
    bool has_protocol = false;
    bool has_metadata = false;
    AnswerReader reader(header.format, [&](protocol::Line line) -> Status {
      if (auto* found = std::get_if<protocol::ProtocolLine>(&line)) {
        info.protocol = std::move(*found);
        has_protocol = true;
      } else if (auto* metadata = std::get_if<protocol::MetadataLine>(&line)) {
        info.metadata = std::move(*metadata);
        has_metadata = true;
      }
      return {};
    });
    SLUICE_RETURN_IF_ERROR(reader.Consume(response.body));
    SLUICE_RETURN_IF_ERROR(reader.Finish());
    if (has_protocol && has_metadata) return info;
    return Fail(ErrorKind::kMalformed, "the server's answer has no {} line",
                has_protocol ? "metaData" : "protocol");
  }

  /// The table at the end of the range. Servers that refuse to look back, or ahead, describe it as
  /// it is.
  Result<TableInfo> DescribeEnd(const protocol::TableName& table,
                                const protocol::ChangesRequest& range) const {
    RestRequest request = ForTable(EndpointId::kTableMetadata, table);
    if (range.ending_version) {
      request.query = {{"version", std::to_string(*range.ending_version)}};
    } else if (range.ending_timestamp_ms) {
      request.query = {{"timestamp", FormatTimestamp(*range.ending_timestamp_ms)}};
    }
    auto end = Describe(request);
    if (end || request.query.empty() || !IsRefusal(end.error().kind)) return end;
    request.query.clear();
    return Describe(request);
  }

  Result<std::shared_ptr<Scan>> Start(PipelineRequest pipeline) const {
    if (pipeline.limit && *pipeline.limit < 0) {
      return Fail(ErrorKind::kInvalidArgument, "limit {} is negative", *pipeline.limit);
    }
    pipeline.rest = rest_;
    pipeline.memory_budget = options_.memory_budget;
    pipeline.threads = options_.parallel_files;
    return ScanPipeline::Start(std::move(pipeline));
  }

  template <typename T>
  Result<std::vector<T>> ListPages(RestRequest request, ParsePage<T> parse) const {
    std::vector<T> items;
    std::set<std::string> tokens;
    for (int number = 0; number < kMaxPages; ++number) {
      SLUICE_TRY(const net::HttpResponse response, rest_->Send(request));
      SLUICE_TRY(protocol::Page<T> page, parse(response.body));
      std::move(page.items.begin(), page.items.end(), std::back_inserter(items));
      if (page.next_page_token.empty()) return items;
      if (!tokens.insert(page.next_page_token).second) {
        return Fail(ErrorKind::kMalformed,
                    "the server's listing does not end: it repeats a page token");
      }
      request.query = {{"pageToken", page.next_page_token}};
    }
    return Fail(ErrorKind::kTooLarge, "the server's listing has more than {} pages", kMaxPages);
  }

  const std::shared_ptr<const RestClient> rest_;
  const ClientOptions options_;
};

}  // namespace

std::shared_ptr<Client> Client::Make(protocol::Profile profile, ClientOptions options) {
  std::string agent = "Sluice/" SLUICE_VERSION;
  options.http.user_agent =
      options.http.user_agent.empty() ? agent : options.http.user_agent + " " + agent;
  if (options.parallel_files <= 0) {
    options.parallel_files =
        2 * static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  }
  options.memory_budget = std::max<std::int64_t>(options.memory_budget, 1);
  auto http = std::make_shared<const net::HttpClient>(options.http);
  auto rest = std::make_shared<const RestClient>(std::move(profile), std::move(http));
  return std::make_shared<RemoteClient>(std::move(rest), options);
}

}  // namespace sluice::client
