// A service over small tables written by hand, asked over real sockets. For tests.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/hash.h"
#include "catalog/yaml/yaml_catalog.h"
#include "server/api/async_queries.h"
#include "server/api/error_response.h"
#include "server/api/service.h"
#include "server/http/test_client.h"
#include "server/http/test_server.h"

namespace sluice::api {

/// A clock that a test sets.
class TestClock : public Clock {
 public:
  std::int64_t NowMillis() const override { return now.load(); }
  std::atomic<std::int64_t> now{1'700'000'000'000};
};

/// Shares `sales` (tables s.t with history, s.dv, s.mapped, s.none, s.damaged, s.future, s.away,
/// s.big, s.clone) and `Hidden`. Tokens: "all" sees everything, "sales" sees only sales, "table"
/// sees only s.t and "rows" of that only p = 'a b', "far" may not come from here, "few" may ask
/// three times a minute, "old" has expired.
class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    root_ = std::filesystem::temp_directory_path() / ("sluice-api-" + HexEncode(RandomBytes(8)));
    std::filesystem::create_directories(root_);
    WriteTables();
    Start({});
  }
  ~ServiceTest() override {
    server_.reset();
    std::filesystem::remove_all(root_);
  }

  /// What a test may choose; the rest is as always.
  struct Choices {
    std::string prefix = "/delta-sharing";
    std::string public_url = {};
    bool anonymous = false;
    MetricsAccess metrics = MetricsAccess::kLoopback;
    std::vector<std::string> data_roots = {};
    HintSettings hints = {};
    std::int64_t max_page_files = 10'000;
    std::int64_t max_tables = 10;
    std::string secret = std::string(32, 's');
    std::vector<std::string> accepted_secrets = {};
    jobs::JobStore* jobs = nullptr;
  };

  void Start(const Choices& choices) {
    server_.reset();
    ServiceOptions options;
    options.catalog = MakeCatalog();
    options.allow_anonymous = choices.anonymous;
    options.prefix = choices.prefix;
    options.public_url = choices.public_url;
    options.secret = choices.secret;
    options.accepted_secrets = choices.accepted_secrets;
    options.max_page_files = choices.max_page_files;
    TableCacheOptions tables;
    tables.max_tables = choices.max_tables;
    tables.pools = &table_pools_;
    tables.stores = storage::Stores::Make({}, storage::Surroundings::OfProcess()).value();
    options.tables = std::make_shared<TableCache>(std::move(tables));
    options.metrics_access = choices.metrics;
    options.data_roots = DataRoots::Make(choices.data_roots).value();
    options.hints = choices.hints;
    async_queries_.reset();
    if (choices.jobs != nullptr) {
      async_queries_ = std::make_unique<AsyncQueries>(choices.jobs, 2);
    }
    options.async_queries = async_queries_.get();
    options.metrics = &metrics_;
    options.answer_queue = &queue_;
    options.admission = &admission_;
    options.clock = &clock_;
    service_ = Service::Make(std::move(options));
    if (async_queries_ != nullptr) async_queries_->Serve(service_);
    server_ = std::make_unique<http::TestServer>(service_->handler());
  }

  /// `target` is below the prefix; as the recipient with `token`.
  http::TestAnswer Ask(std::string_view method, std::string_view target, std::string headers = "",
                       std::string_view body = "", std::string_view token = "all") {
    if (!token.empty()) headers += fmt::format("Authorization: Bearer {}\r\n", token);
    return AskRaw(method, fmt::format("/delta-sharing{}", target), headers, body);
  }
  http::TestAnswer AskRaw(std::string_view method, std::string_view target,
                          std::string_view headers = "", std::string_view body = "") {
    return http::TestClient(server_->port()).Ask(method, target, headers, body);
  }
  http::TestAnswer Query(std::string_view table, std::string_view body = "{}",
                         const std::string& headers = "", std::string_view token = "all") {
    return Ask("POST", fmt::format("/shares/sales/schemas/s/tables/{}/query", table), headers, body,
               token);
  }

  static std::vector<boost::json::value> Lines(const http::TestAnswer& answer) {
    std::vector<boost::json::value> lines;
    for (std::size_t at = 0; at < answer.body.size();) {
      const std::size_t end = answer.body.find('\n', at);
      if (end == std::string::npos) {
        ADD_FAILURE() << "no line break at the end";
        break;
      }
      lines.push_back(boost::json::parse(answer.body.substr(at, end - at)));
      at = end + 1;
    }
    return lines;
  }
  static std::string Code(const http::TestAnswer& answer) {
    boost::system::error_code error;
    const auto json = boost::json::parse(answer.body, error);
    if (error || !json.is_object() || !json.as_object().contains("errorCode")) return answer.body;
    return std::string(json.at("errorCode").as_string());
  }
  static std::string Message(const http::TestAnswer& answer) {
    return std::string(boost::json::parse(answer.body).at("message").as_string());
  }
  /// The target of a URL of this server.
  static std::string TargetOf(const boost::json::value& url) {
    const std::string text(url.as_string());
    return text.substr(text.find('/', text.find("://") + 3));
  }

  void WriteFile(const std::string& path, std::string_view text) {
    const auto place = root_ / path;
    std::filesystem::create_directories(place.parent_path());
    std::ofstream(place, std::ios::binary) << text;
  }
  void WriteCommit(const std::string& table, int version, std::string_view actions) {
    WriteFile(fmt::format("{}/_delta_log/{:020}.json", table, version), actions);
  }

  /// protocol, metaData with the column id (and the partition column p), as a commit's first lines.
  static std::string Head(std::string_view configuration = "{}", std::string_view protocol = "",
                          bool partitioned = true) {
    const std::string_view schema =
        R"({\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}},)"
        R"({\"name\":\"p\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}]})";
    return fmt::format(
        R"({{"protocol":{}}})"
        "\n"
        R"({{"metaData":{{"id":"table-id","format":{{"provider":"parquet","options":{{}}}},"schemaString":"{}",)"
        R"("partitionColumns":[{}],"configuration":{},"createdTime":1}}}})"
        "\n",
        protocol.empty() ? R"({"minReaderVersion":1,"minWriterVersion":2})" : protocol, schema,
        partitioned ? R"("p")" : "", configuration);
  }
  static std::string Add(std::string_view path, int rows, std::string_view more = "",
                         std::string_view partition = R"("p":"a b")") {
    return fmt::format(
        R"({{"add":{{"path":"{}","partitionValues":{{{}}},"size":{},"modificationTime":5,"dataChange":true,)"
        R"("stats":"{{\"numRecords\":{}}}"{}}}}})"
        "\n",
        path, partition, 100 + rows, rows, more);
  }
  static std::string CommitInfo(std::int64_t timestamp) {
    return fmt::format(R"({{"commitInfo":{{"timestamp":{},"inCommitTimestamp":{}}}}})"
                       "\n",
                       timestamp, timestamp);
  }

  void WriteTables() {
    const std::string features3 =
        R"({{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":[{}],"writerFeatures":[{}]}})";
    const std::string dv =
        fmt::format(fmt::runtime(features3), R"("deletionVectors")", R"("deletionVectors")");
    // Three versions, the second of which adds and the third removes.
    WriteCommit("t", 0, Head() + Add("p=a%20b/one.parquet", 10) + Add("two.parquet", 20));
    WriteCommit("t", 1, Add("three.parquet", 30, "", R"("p":null)"));
    WriteCommit("t", 2,
                R"({"remove":{"path":"two.parquet","dataChange":true}})"
                "\n");
    WriteFile("t/p=a b/one.parquet", "0123456789abcdefghij");
    WriteFile("t/three.parquet", "three");
    WriteFile("t/_secret", "secret");
    WriteFile("t/.hidden/x", "secret");
    // A deletion vector in a file, one inline, and a file without.
    WriteCommit(
        "dv", 0,
        Head("{}", dv) +
            Add("one.parquet", 10,
                R"(,"deletionVector":{"storageType":"u","pathOrInlineDv":"ab^-aqEH.-t@S}K{vb[*k^","offset":4,"sizeInBytes":40,"cardinality":6})") +
            Add("two.parquet", 10,
                R"(,"deletionVector":{"storageType":"i","pathOrInlineDv":"wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L","sizeInBytes":40,"cardinality":6})") +
            Add("three.parquet", 10));
    WriteFile("damaged/_delta_log/00000000000000000000.json", "{\"add\":\n");
    WriteCommit(
        "future", 0,
        Head("{}", fmt::format(fmt::runtime(features3), R"("warpDrive")", R"("warpDrive")")));
    WriteCommit("away", 0, Head() + Add("file:///etc/passwd", 1));
    // Files of its own and of another table, by absolute paths.
    WriteCommit("clone", 0,
                Head() + Add(fmt::format("file:{}/t/p=a%20b/one.parquet", root_.string()), 10) +
                    Add(fmt::format("{}/clone/own.parquet", root_.string()), 1));
    WriteFile("clone/own.parquet", "own");
    std::string many = Head();
    for (int i = 0; i < 3000; ++i) many += Add(fmt::format("part-{:05}.parquet", i), 1);
    WriteCommit("big", 0, many);
    std::filesystem::create_directories(root_ / "none");
  }

  std::shared_ptr<const catalog::CatalogStore> MakeCatalog() {
    catalog::YamlCatalogOptions options;
    const auto table = [&](const std::string& name) {
      return catalog::YamlTable{name, (root_ / name).string(), "", name == "t", 1};
    };
    std::vector<catalog::YamlTable> tables;
    for (const char* name :
         {"t", "dv", "damaged", "future", "away", "big", "clone", "none", "gone"}) {
      tables.push_back(table(name));
    }
    tables[1].id = "chosen-id";
    options.shares = {{"sales", {{"s", tables}, {"Other", {table("t")}}}},
                      {"Hidden", {{"s", {table("t")}}}}};
    const auto recipient = [&](const std::string& token,
                               std::optional<std::vector<catalog::Grant>> grants) {
      options.recipients.push_back(
          {std::string(AsView(Sha256(token))), {"of " + token, std::move(grants), {}}});
    };
    recipient("all", std::nullopt);
    recipient("sales", catalog::GrantsOfShares({"SALES"}));
    recipient("table", std::vector<catalog::Grant>{{"sales", "s", "t"}});
    recipient("rows", std::vector<catalog::Grant>{{"sales", "s", "t", "p = 'a b'"}});
    recipient("far", std::nullopt);
    options.recipients.back().recipient.allowed_networks = {"192.0.2.0/24"};
    recipient("few", std::nullopt);
    options.recipients.back().recipient.limits.requests_per_minute = 3;
    recipient("old", std::nullopt);
    options.recipients.back().recipient.expires_at_ms = clock_.now.load() - 1;
    auto catalog = catalog::MakeYamlCatalog(options);
    if (!catalog) throw std::runtime_error(catalog.error().message);
    return *catalog;
  }

  std::filesystem::path root_;
  TestClock clock_;
  observe::Metrics metrics_;
  ThreadPool pool_{2};
  TablePools table_pools_{2};
  http::WorkQueue queue_{pool_, 1000};
  Admission admission_{&clock_};
  std::shared_ptr<Service> service_;
  std::unique_ptr<AsyncQueries> async_queries_;
  std::unique_ptr<http::TestServer> server_;
};

}  // namespace sluice::api
