#include "client/client.h"

#include <arrow/compute/initialize.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>

#include "base/arrow_status.h"
#include "client/answer.h"
#include "client/filter_hints.h"
#include "client/rest_client.h"
#include "client/scan_pipeline.h"
#include "client/scan_requests.h"
#include "client/table_directory.h"
#include "client/url_files.h"

namespace sluice::client {
namespace {

constexpr int kMaxPages = 100'000;

using protocol::EndpointId;
using ScanResult = Result<std::shared_ptr<Scan>>;

template <typename T>
using ParsePage = Result<protocol::Page<T>> (*)(std::string_view);

Status InitializeArrow() {
  static const arrow::Status status = arrow::compute::Initialize();
  SLUICE_RETURN_IF_ARROW(status, "arrow");
  return {};
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
    SLUICE_TRY(protocol::QueryRequest query, QueryOf(request));
    if (request.filter) AddHints(request, &query);
    return ByAccess(
        request.table, [&] { return ScanUrls(request, query); },
        [&] { return ScanDirectory(request, query); });
  }

  Result<std::shared_ptr<Scan>> StartChanges(ChangesRequest request) override {
    SLUICE_RETURN_IF_ERROR(InitializeArrow());
    SLUICE_TRY(const protocol::ChangesRequest query, QueryOf(request));
    return ByAccess(
        request.table, [&] { return ChangesByUrls(request, query); },
        [&] { return ChangesInDirectory(request, query); });
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

  /// Reads by URLs or in the table's folder, as the options and the server have it.
  template <typename ByUrls, typename InDirectory>
  ScanResult ByAccess(const protocol::TableName& table, const ByUrls& by_urls,
                      const InDirectory& in_directory) const {
    if (options_.access == Access::kDirectory) return WithAdvice(in_directory());
    ScanResult scan = by_urls();
    if (scan || options_.access == Access::kUrl || !IsRefusal(scan.error().kind)) return scan;
    return OffersDirectoryAlone(table) ? in_directory() : scan;
  }

  static ScanResult WithAdvice(ScanResult scan) {
    if (!scan && IsRefusal(scan.error().kind) && scan.error().kind != ErrorKind::kInvalidArgument) {
      scan.error().message += "; with the option access 'auto' the table is read by URLs";
    }
    return scan;
  }

  bool OffersDirectoryAlone(const protocol::TableName& table) const {
    const auto described = Describe(ForTable(EndpointId::kTableMetadata, table));
    if (!described) return false;
    const auto& modes = described->metadata.access_modes;
    const auto has = [&modes](std::string_view mode) {
      return std::find(modes.begin(), modes.end(), mode) != modes.end();
    };
    return has(protocol::kDirectoryAccess) && !has(protocol::kUrlAccess);
  }

  /// One question more, for the types without which hints may mean something else to a server.
  void AddHints(const ScanRequest& request, protocol::QueryRequest* query) const {
    auto table = Describe(ForTable(EndpointId::kTableMetadata, request.table));
    FilterHints hints =
        HintsOf(*request.filter, table ? std::optional(*std::move(table)) : std::nullopt);
    query->predicate_hints = std::move(hints.sql);
    if (query->json_predicate_hints.empty()) query->json_predicate_hints = std::move(hints.json);
  }

  ScanResult ScanUrls(const ScanRequest& request, const protocol::QueryRequest& query) const {
    PipelineRequest pipeline = Prepare(request);
    pipeline.source =
        std::make_unique<UrlFiles>(rest_, ListingRequest{request.table, query, request.format});
    return ScanPipeline::Start(std::move(pipeline));
  }

  ScanResult ScanDirectory(const ScanRequest& request, const protocol::QueryRequest& query) const {
    PipelineRequest pipeline = Prepare(request);
    SLUICE_TRY(const auto directory, OpenDirectory(request.table));
    SLUICE_TRY(pipeline.source, directory->Snapshot(query));
    return ScanPipeline::Start(std::move(pipeline));
  }

  ScanResult ChangesByUrls(const ChangesRequest& request, protocol::ChangesRequest query) const {
    SLUICE_TRY(TableInfo end, DescribeEnd(request.table, query));
    PipelineRequest pipeline = Prepare(request);
    pipeline.what.plan.changes = request.commit_time;
    ChangesToRead changes;
    changes.last_version = std::min(query.ending_version.value_or(end.version), end.version);
    if (!query.ending_version && !query.ending_timestamp_ms &&
        query.starting_version.value_or(0) <= end.version) {
      query.ending_version = end.version;
    }
    ListingRequest listing{request.table, std::move(query), request.format};
    // Where the end needs the delta format, a server must not choose by the start.
    if (!request.format && end.format == protocol::ResponseFormat::kDelta) {
      listing.format = end.format;
    }
    pipeline.source = std::make_unique<UrlFiles>(rest_, std::move(listing));
    changes.read_as = std::move(end);
    pipeline.what.changes = std::move(changes);
    return ScanPipeline::Start(std::move(pipeline));
  }

  ScanResult ChangesInDirectory(const ChangesRequest& request,
                                const protocol::ChangesRequest& query) const {
    PipelineRequest pipeline = Prepare(request);
    pipeline.what.plan.changes = request.commit_time;
    SLUICE_TRY(const auto directory, OpenDirectory(request.table));
    SLUICE_TRY(DirectoryChanges changes, directory->Changes(query));
    const std::int64_t last = changes.read_as.version;
    pipeline.what.changes = ChangesToRead{std::move(changes.read_as), last};
    pipeline.source = std::move(changes.files);
    return ScanPipeline::Start(std::move(pipeline));
  }

  Result<std::shared_ptr<TableDirectory>> OpenDirectory(const protocol::TableName& table) const {
    return TableDirectory::Open({rest_, table, options_.store, options_.http});
  }

  template <typename Request>
  PipelineRequest Prepare(const Request& request) const {
    PipelineRequest pipeline;
    pipeline.interrupted = [rest = rest_, before = rest_->interrupts()] {
      return rest->interrupts() != before;
    };
    pipeline.what.plan.columns = request.columns;
    pipeline.what.plan.filter = request.filter;
    pipeline.limit = request.limit;
    pipeline.keep_order = request.keep_order;
    pipeline.memory_budget = options_.memory_budget;
    pipeline.threads = options_.parallel_files;
    return pipeline;
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

std::shared_ptr<Client> Client::Make(const protocol::Profile& profile, ClientOptions options) {
  std::string agent = "Sluice/" SLUICE_VERSION;
  options.http.user_agent =
      options.http.user_agent.empty() ? agent : options.http.user_agent + " " + agent;
  if (options.parallel_files <= 0) {
    options.parallel_files =
        2 * static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  }
  options.memory_budget = std::max<std::int64_t>(options.memory_budget, 1);
  auto http = std::make_shared<const net::HttpClient>(options.http);
  auto rest = std::make_shared<const RestClient>(profile, std::move(http), options.headers);
  return std::make_shared<RemoteClient>(std::move(rest), options);
}

}  // namespace sluice::client
