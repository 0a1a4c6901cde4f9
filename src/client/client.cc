#include "client/client.h"

#include <algorithm>
#include <set>
#include <thread>

#include "client/answer.h"
#include "client/describe.h"
#include "client/rest_client.h"
#include "client/scan_starter.h"

namespace sluice::client {
namespace {

/// Where the network is what a scan waits for, few cores are no reason to ask for little at once.
constexpr int kLeastParallel = 8;

constexpr int kMaxPages = 100'000;

using protocol::EndpointId;

template <typename T>
using ParsePage = Result<protocol::Page<T>> (*)(std::string_view);

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
    if (tables || !IsRefusal(tables.error().kind)) return tables;
    // Either the share is unknown or closed, which the next call tells, or the endpoint is: routers
    // and gateways say so by 404, 405, 501 or even 403.
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
    RestRequest request = RequestFor(EndpointId::kTableVersion, table);
    if (!starting_timestamp.empty()) {
      SLUICE_TRY(const std::int64_t millis, ParseTimestamp(starting_timestamp));
      request.query = {{"startingTimestamp", FormatTimestamp(millis)}};
    }
    auto response = rest_->Send(request);
    if (!response && (response.error().kind == ErrorKind::kNotFound ||
                      response.error().kind == ErrorKind::kUnsupported)) {
      // Servers of the protocol's first days know the older form only.
      request.endpoint = EndpointId::kTableVersionHead;
      if (auto older = rest_->Send(request)) response = std::move(older);
    }
    if (!response) return Fail(response.error());
    return ReadTableVersion(*response);
  }

  Result<TableInfo> Describe(const protocol::TableName& table,
                             std::optional<protocol::ResponseFormat> format) override {
    RestRequest request = RequestFor(EndpointId::kTableMetadata, table);
    request.format = format;
    return DescribeTable(*rest_, request);
  }

  Result<std::shared_ptr<Scan>> StartScan(ScanRequest request) override {
    return NewScan().Start(std::move(request));
  }
  Result<std::shared_ptr<Scan>> StartChanges(ChangesRequest request) override {
    return NewScan().Start(std::move(request));
  }
  Result<TaskPlan> PlanScan(ScanRequest request, const TaskOptions& options) override {
    return NewScan().Plan(std::move(request), options);
  }
  Result<TaskPlan> PlanChanges(ChangesRequest request, const TaskOptions& options) override {
    return NewScan().Plan(std::move(request), options);
  }
  Result<std::shared_ptr<Scan>> StartTask(std::string_view task) override {
    return NewScan().StartTask(task);
  }

  void Interrupt() override { rest_->Interrupt(); }

 private:
  ScanStarter NewScan() const { return {rest_, options_}; }

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
        std::max(kLeastParallel, 2 * static_cast<int>(std::thread::hardware_concurrency()));
  }
  options.memory_budget = std::max<std::int64_t>(options.memory_budget, 1);
  auto http = std::make_shared<const net::HttpClient>(options.http);
  auto rest = std::make_shared<const RestClient>(profile, std::move(http), options.headers);
  return std::make_shared<RemoteClient>(std::move(rest), options);
}

}  // namespace sluice::client
