#include <arrow/c/abi.h>
#include <arrow/c/bridge.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "capi/c_caller.h"
#include "client/fake_share.h"
#include "sluice/sluice.h"

namespace sluice {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kTable = "share.schema.table";

class CapiTest : public ::testing::Test {
 protected:
  ~CapiTest() override {
    sluice_client_close(client_);
    sluice_error_clear(&error_);
  }

  std::string Profile() const {
    return R"({"shareCredentialsVersion":1,"endpoint":")" + share_.Url("/prefix") +
           R"(","bearerToken":"secret-token"})";
  }
  SluiceClient* Open() {
    if (client_ == nullptr) {
      EXPECT_EQ(sluice_client_open(Profile().c_str(), nullptr, 0, &client_, &error_), SLUICE_OK)
          << error_.message;
    }
    return client_;
  }
  static std::shared_ptr<arrow::Table> Import(ArrowArrayStream* stream) {
    return arrow::ImportRecordBatchReader(stream).ValueOrDie()->ToTable().ValueOrDie();
  }

  client::FakeShare share_;
  SluiceClient* client_ = nullptr;
  SluiceError error_{};
};

TEST_F(CapiTest, PagesGrowAndShrinkWithWhatIsOnThem) {
  auto* block = static_cast<char*>(sluice_pages_resize(nullptr, 0, 100));
  ASSERT_NE(block, nullptr);
  block[99] = 7;
  std::size_t bytes = 100;
  for (const std::size_t next : {std::size_t{5} << 20, std::size_t{50} << 20, std::size_t{100}}) {
    block = static_cast<char*>(sluice_pages_resize(block, bytes, next));
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(block[99], 7);
    if (next > bytes) {
      EXPECT_EQ(block[next - 1], 0);
    }
    bytes = next;
  }
  EXPECT_EQ(sluice_pages_resize(block, bytes, SIZE_MAX), nullptr);
  EXPECT_EQ(block[99], 7);
  EXPECT_EQ(sluice_pages_resize(block, bytes, 0), nullptr);
}

TEST_F(CapiTest, IsUsableFromC) {
  std::int64_t version = 0;
  char message[256] = "";
  EXPECT_EQ(c_caller_table_version(Profile().c_str(), kTable, &version, message, sizeof(message)),
            SLUICE_OK)
      << message;
  EXPECT_EQ(version, 3);
  EXPECT_THAT(share_.requests()[0].headers.at("user-agent"), StartsWith("c-caller/1 Sluice/"));
  EXPECT_EQ(c_caller_table_version("{}", kTable, &version, message, sizeof(message)),
            SLUICE_INVALID_ARGUMENT);
  EXPECT_STRNE(message, "");
}

TEST_F(CapiTest, TellsItsVersion) {
  EXPECT_STREQ(sluice_version(), SLUICE_VERSION);
}

TEST_F(CapiTest, RefusesBadOptionsByName) {
  const std::vector<std::pair<SluiceOption, std::string>> cases = {
      {{"colour", "red"}, "option 'colour' is unknown"},
      {{"max_retries", "-1"}, "option 'max_retries': '-1'"},
      {{"deadline_ms", "-1"}, "option 'deadline_ms': '-1'"},
      {{"async_query", "1"}, "option 'async_query': '1'"},
      {{"verify_tls", "yes"}, "option 'verify_tls': 'yes'"},
      {{"parallel_files", "0"}, "option 'parallel_files'"},
      {{"memory_budget", "1e9"}, "option 'memory_budget'"},
      {{"access", "folder"}, "option 'access': 'folder' is none of auto, url and dir"},
      {{"storage.", "x"}, "option 'storage.' is unknown"},
      {{"connect_timeout_ms", "0"}, "option 'connect_timeout_ms': '0'"},
      {{"request_timeout_ms", "9s"}, "option 'request_timeout_ms': '9s'"},
      {{"proxy", "ftp://u:s3cr3t@h"}, "option 'proxy': a proxy is a URL"},
      {{"ca_file", "/nowhere/ca.pem"}, "option 'ca_file': '/nowhere/ca.pem': No such file"},
      {{"client_cert", "/"}, "option 'client_cert': '/': is a folder"},
      {{"client_key", "/nowhere"}, "option 'client_key': '/nowhere': No such file"},
      {{"client_key", "/dev/null"}, "option 'client_key' needs a 'client_cert'"},
      {{"header.Authorization", "s3cr3t"}, "'header.Authorization': the client sends this"},
      {{"header.X-Key", "s3cr3t\r\nX: y"}, "option 'header.X-Key': a header's name or value"},
      {{"header.", "s3cr3t"}, "option 'header.': a header's name or value"},
      {{"timeout_ms", nullptr}, "option 0 has no key or no value"}};
  for (const auto& [option, message] : cases) {
    SluiceClient* client = nullptr;
    EXPECT_EQ(sluice_client_open(Profile().c_str(), &option, 1, &client, &error_),
              SLUICE_INVALID_ARGUMENT);
    EXPECT_EQ(error_.code, SLUICE_INVALID_ARGUMENT);
    EXPECT_THAT(error_.message, HasSubstr(message));
    EXPECT_THAT(error_.message, Not(HasSubstr("s3cr3t")));
    EXPECT_EQ(client, nullptr);
    sluice_error_clear(&error_);
  }
}

TEST_F(CapiTest, ConnectsAsTheOptionsSay) {
  net::TestServer proxy([](const auto&, auto& peer) { peer.Answer("200 OK", R"({"items":[]})"); });
  const std::string proxy_url = "http://me:pw@127.0.0.1:" + std::to_string(proxy.port());
  const SluiceOption options[] = {{"proxy", proxy_url.c_str()},    {"header.X-One", "a"},
                                  {"header.X-Two", "b"},           {"connect_timeout_ms", "5000"},
                                  {"request_timeout_ms", "60000"}, {"ca_file", ""}};
  ASSERT_EQ(sluice_client_open(Profile().c_str(), options, 6, &client_, &error_), SLUICE_OK)
      << error_.message;
  ArrowArrayStream stream{};
  ASSERT_EQ(sluice_list_shares(client_, &stream, &error_), SLUICE_OK) << error_.message;
  stream.release(&stream);
  const auto request = proxy.requests().at(0);
  EXPECT_EQ(request.headers.at("proxy-authorization"), "Basic bWU6cHc=");
  EXPECT_EQ(request.headers.at("x-one"), "a");
  EXPECT_EQ(request.headers.at("x-two"), "b");
  EXPECT_TRUE(share_.requests().empty());
}

TEST_F(CapiTest, ACallHasATimeLimit) {
  share_.intercept = [](const auto&, auto& peer) { peer.WaitForClose(); };
  const SluiceOption option = {"request_timeout_ms", "30"};
  ASSERT_EQ(sluice_client_open(Profile().c_str(), &option, 1, &client_, &error_), SLUICE_OK);
  std::int64_t version = 0;
  EXPECT_EQ(sluice_table_version(client_, kTable, nullptr, &version, &error_), SLUICE_TIMEOUT);
}

TEST_F(CapiTest, TakesProfilesOfEveryType) {
  share_.authorization = "Basic bWU6cHc=";
  const std::string basic = R"({"shareCredentialsVersion":2,"type":"basic","endpoint":")" +
                            share_.Url("/prefix") + R"(","username":"me","password":"pw"})";
  ASSERT_EQ(sluice_client_open(basic.c_str(), nullptr, 0, &client_, &error_), SLUICE_OK)
      << error_.message;
  std::int64_t version = 0;
  EXPECT_EQ(sluice_table_version(client_, kTable, nullptr, &version, &error_), SLUICE_OK);
  EXPECT_EQ(version, 3);
}

TEST_F(CapiTest, NullArgumentsAreErrorsNotCrashes) {
  std::int64_t version = 0;
  ArrowArrayStream stream{};
  SluiceScan* scan = nullptr;
  EXPECT_EQ(sluice_client_open(nullptr, nullptr, 0, &client_, nullptr), SLUICE_INVALID_ARGUMENT);
  EXPECT_EQ(sluice_client_open(Profile().c_str(), nullptr, 0, nullptr, nullptr),
            SLUICE_INVALID_ARGUMENT);
  EXPECT_EQ(sluice_list_shares(nullptr, &stream, nullptr), SLUICE_INVALID_ARGUMENT);
  EXPECT_EQ(sluice_list_schemas(Open(), nullptr, &stream, nullptr), SLUICE_INVALID_ARGUMENT);
  EXPECT_EQ(sluice_table_version(Open(), nullptr, nullptr, &version, nullptr),
            SLUICE_INVALID_ARGUMENT);
  EXPECT_EQ(sluice_scan_start(Open(), kTable, nullptr, 2, &scan, nullptr), SLUICE_INVALID_ARGUMENT);
  EXPECT_EQ(sluice_scan_stream(nullptr, &stream, &error_), SLUICE_INVALID_ARGUMENT);
  EXPECT_STREQ(error_.message, "scan must not be NULL");
  EXPECT_EQ(sluice_scan_table_version(nullptr), -1);
  sluice_scan_cancel(nullptr);
  sluice_scan_close(nullptr);
  sluice_client_close(nullptr);
  sluice_error_clear(nullptr);
}

TEST_F(CapiTest, ListsAsArrow) {
  share_.intercept = [](const net::TestRequest& request, net::TestConnection& peer) {
    if (request.target.ends_with("/shares")) {
      peer.Answer("200 OK", R"({"items":[{"name":"a","id":"1"},{"name":"b"}]})");
    } else if (request.target.ends_with("/schemas")) {
      peer.Answer("200 OK", R"({"items":[{"name":"s","share":"a"}]})");
    } else {
      peer.Answer("200 OK", R"({"items":[{"name":"t","schema":"s","share":"a","id":"9"}]})");
    }
  };
  const auto utf8 = [](const char* name) { return arrow::field(name, arrow::utf8()); };
  ArrowArrayStream stream{};
  ASSERT_EQ(sluice_list_shares(Open(), &stream, &error_), SLUICE_OK) << error_.message;
  EXPECT_TRUE(Import(&stream)->Equals(
      *client::JsonTable({{utf8("name"), R"(["a", "b"])"}, {utf8("id"), R"(["1", null])"}})));
  ASSERT_EQ(sluice_list_schemas(Open(), "a", &stream, &error_), SLUICE_OK) << error_.message;
  EXPECT_TRUE(Import(&stream)->Equals(
      *client::JsonTable({{utf8("share"), R"(["a"])"}, {utf8("name"), R"(["s"])"}})));
  for (const char* schema : {"s", "", static_cast<const char*>(nullptr)}) {
    ASSERT_EQ(sluice_list_tables(Open(), "a", schema, &stream, &error_), SLUICE_OK)
        << error_.message;
    EXPECT_TRUE(Import(&stream)->Equals(*client::JsonTable({{utf8("share"), R"(["a"])"},
                                                            {utf8("schema"), R"(["s"])"},
                                                            {utf8("name"), R"(["t"])"},
                                                            {utf8("id"), R"(["9"])"},
                                                            {utf8("share_id"), "[null]"}})));
  }
  EXPECT_THAT(share_.requests().back().target, HasSubstr("all-tables"));
}

TEST_F(CapiTest, DescribesATable) {
  share_.delta = true;
  ArrowArrayStream stream{};
  ArrowSchema schema{};
  ASSERT_EQ(sluice_table_describe(Open(), kTable, nullptr, &stream, &schema, &error_), SLUICE_OK)
      << error_.message;
  const auto row = Import(&stream);
  ASSERT_EQ(row->num_rows(), 1);
  EXPECT_EQ(row->GetColumnByName("version")->GetScalar(0).ValueOrDie()->ToString(), "3");
  EXPECT_EQ(row->GetColumnByName("response_format")->GetScalar(0).ValueOrDie()->ToString(),
            "delta");
  EXPECT_THAT(row->GetColumnByName("metadata")->GetScalar(0).ValueOrDie()->ToString(),
              HasSubstr("schemaString"));
  EXPECT_EQ(row->GetColumnByName("size")->null_count(), 1);
  EXPECT_EQ(arrow::ImportSchema(&schema).ValueOrDie()->ToString(), "id: int64");

  EXPECT_EQ(sluice_table_describe(Open(), kTable, "csv", &stream, nullptr, &error_),
            SLUICE_INVALID_ARGUMENT);
  EXPECT_EQ(sluice_table_describe(Open(), "no-dots", nullptr, &stream, nullptr, &error_),
            SLUICE_INVALID_ARGUMENT);
}

TEST_F(CapiTest, ScansWithOptions) {
  share_.files = {client::FileOfIds("f", 0, 10), client::FileOfIds("g", 10, 10)};
  const SluiceOption options[] = {
      {"limit", "12"}, {"column", "id"}, {"keep_order", "true"}, {"version", "3"}};
  SluiceScan* scan = nullptr;
  ASSERT_EQ(sluice_scan_start(Open(), kTable, options, 4, &scan, &error_), SLUICE_OK)
      << error_.message;
  EXPECT_EQ(sluice_scan_table_version(scan), 3);
  ArrowArrayStream stream{};
  ASSERT_EQ(sluice_scan_stream(scan, &stream, &error_), SLUICE_OK) << error_.message;
  ArrowArrayStream second{};
  EXPECT_EQ(sluice_scan_stream(scan, &second, &error_), SLUICE_INVALID_ARGUMENT);
  const auto table = Import(&stream);
  EXPECT_EQ(table->num_rows(), 12);
  SluiceProgress progress{};
  sluice_scan_progress(scan, &progress);
  EXPECT_EQ(progress.rows, 12);
  EXPECT_GT(progress.bytes_read, 0);
  sluice_scan_close(scan);
}

TEST_F(CapiTest, FiltersRows) {
  share_.files = {client::FileOfIds("f", 0, 10), client::FileOfIds("g", 10, 10)};
  const SluiceOption options[] = {
      {"filter_sql", "id > 7 AND id <> 11"},
      {"filter",
       R"({"op":"lessThan","children":[{"op":"column","name":"id"},{"op":"literal","value":13}]})"}};
  SluiceScan* scan = nullptr;
  ASSERT_EQ(sluice_scan_start(Open(), kTable, options, 2, &scan, &error_), SLUICE_OK)
      << error_.message;
  ArrowArrayStream stream{};
  ASSERT_EQ(sluice_scan_stream(scan, &stream, &error_), SLUICE_OK) << error_.message;
  EXPECT_EQ(client::Ids(*Import(&stream)), (std::vector<std::int64_t>{8, 9, 10, 12}));
  sluice_scan_close(scan);

  const std::vector<std::pair<SluiceOption, std::string>> cases = {
      {{"filter", "{"}, "option 'filter': not JSON"},
      {{"filter", R"({"op":"xor","children":[]})"}, "option 'filter': no such op: 'xor'"},
      {{"filter_sql", "id >"}, "option 'filter_sql': "},
      {{"filter_sql", "abs(id) > 1"}, "option 'filter_sql': "},
      {{"filter_sql", "nope > 1"}, "`nope` > 1: no such column; there are id"}};
  for (const auto& [option, message] : cases) {
    EXPECT_EQ(sluice_scan_start(Open(), kTable, &option, 1, &scan, &error_),
              SLUICE_INVALID_ARGUMENT);
    EXPECT_THAT(error_.message, HasSubstr(message));
  }
}

TEST_F(CapiTest, ReadsChanges) {
  share_.changes = {{"add", 1, client::FileOfIds("f", 0, 2)},
                    {"remove", 2, client::FileOfIds("f", 0, 2)}};
  const SluiceOption options[] = {{"starting_version", "1"},
                                  {"ending_version", "3"},
                                  {"commit_timestamp", "milliseconds"},
                                  {"limit", "3"}};
  SluiceScan* scan = nullptr;
  ASSERT_EQ(sluice_changes_start(Open(), kTable, options, 4, &scan, &error_), SLUICE_OK)
      << error_.message;
  ArrowArrayStream stream{};
  ASSERT_EQ(sluice_scan_stream(scan, &stream, &error_), SLUICE_OK) << error_.message;
  const auto table = Import(&stream);
  EXPECT_EQ(table->schema()->ToString(),
            "id: int64\n_change_type: string\n_commit_version: int64\n_commit_timestamp: int64");
  EXPECT_EQ(table->num_rows(), 3);
  EXPECT_EQ(sluice_scan_table_version(scan), 3);
  sluice_scan_close(scan);
}

TEST_F(CapiTest, ReadsAddedRows) {
  share_.changes = {{"add", 1, client::FileOfIds("f", 0, 2)},
                    {"remove", 2, client::FileOfIds("f", 0, 2)},
                    {"add", 3, client::FileOfIds("g", 5, 2)}};
  SluiceOption options[] = {{"starting_version", "1"},
                            {"ending_version", "3"},
                            {"column", "id"},
                            {"skip_change_commits", "true"}};
  SluiceScan* scan = nullptr;
  ArrowArrayStream stream{};
  ASSERT_EQ(sluice_scan_start(Open(), kTable, options, 4, &scan, &error_), SLUICE_OK)
      << error_.message;
  ASSERT_EQ(sluice_scan_stream(scan, &stream, &error_), SLUICE_OK) << error_.message;
  EXPECT_EQ(client::Ids(*Import(&stream)), (std::vector<std::int64_t>{0, 1, 5, 6}));
  sluice_scan_close(scan);

  options[3].value = "false";
  EXPECT_EQ(sluice_scan_plan(Open(), kTable, options, 4, &stream, nullptr, nullptr, &error_),
            SLUICE_UNSUPPORTED);
  EXPECT_THAT(error_.message, HasSubstr("version 2 does not only add rows"));
  EXPECT_EQ(sluice_scan_start(Open(), kTable, options + 1, 1, &scan, &error_),
            SLUICE_INVALID_ARGUMENT);
  EXPECT_THAT(error_.message, HasSubstr("an ending version needs a starting version"));
}

TEST_F(CapiTest, RefusesBadOptionsOfChangesByName) {
  const std::vector<std::pair<SluiceOption, std::string>> cases = {
      {{"version", "1"}, "option 'version' is unknown"},
      {{"starting_version", "one"}, "option 'starting_version': 'one'"},
      {{"ending_version", "-1"}, "option 'ending_version': '-1'"},
      {{"commit_timestamp", "days"}, "option 'commit_timestamp': 'days'"},
      {{"limit", "1"}, "need a start"}};
  for (const auto& [option, message] : cases) {
    SluiceScan* scan = nullptr;
    EXPECT_EQ(sluice_changes_start(Open(), kTable, &option, 1, &scan, &error_),
              SLUICE_INVALID_ARGUMENT);
    EXPECT_THAT(error_.message, HasSubstr(message));
    EXPECT_EQ(scan, nullptr);
  }
  EXPECT_EQ(sluice_changes_start(nullptr, kTable, nullptr, 0, nullptr, nullptr),
            SLUICE_INVALID_ARGUMENT);
}

TEST_F(CapiTest, AStreamOutlivesItsHandles) {
  share_.files = {client::FileOfIds("f", 0, 10)};
  SluiceScan* scan = nullptr;
  ArrowArrayStream stream{};
  ASSERT_EQ(sluice_scan_start(Open(), kTable, nullptr, 0, &scan, &error_), SLUICE_OK);
  ASSERT_EQ(sluice_scan_stream(scan, &stream, &error_), SLUICE_OK);
  sluice_scan_close(scan);
  sluice_client_close(client_);
  client_ = nullptr;
  EXPECT_EQ(Import(&stream)->num_rows(), 10);
}

TEST_F(CapiTest, CancelledStreamSaysSo) {
  share_.files = {client::FileOfIds("f", 0, 10)};
  SluiceScan* scan = nullptr;
  ArrowArrayStream stream{};
  ASSERT_EQ(sluice_scan_start(Open(), kTable, nullptr, 0, &scan, &error_), SLUICE_OK);
  ASSERT_EQ(sluice_scan_stream(scan, &stream, &error_), SLUICE_OK);
  sluice_scan_cancel(scan);
  ArrowArray array{};
  EXPECT_NE(stream.get_next(&stream, &array), 0);
  EXPECT_THAT(stream.get_last_error(&stream), HasSubstr("cancelled: "));
  stream.release(&stream);
  sluice_scan_close(scan);
}

TEST_F(CapiTest, ErrorsCarryTheRequestId) {
  share_.intercept = [](const net::TestRequest&, net::TestConnection& peer) {
    peer.Answer("403 Forbidden", R"({"errorCode":"X","message":"not yours"})",
                "x-request-id: abc\r\n");
  };
  std::int64_t version = 0;
  EXPECT_EQ(sluice_table_version(Open(), kTable, nullptr, &version, &error_),
            SLUICE_PERMISSION_DENIED);
  EXPECT_EQ(error_.code, SLUICE_PERMISSION_DENIED);
  EXPECT_STREQ(error_.request_id, "abc");
  EXPECT_THAT(error_.message, HasSubstr("not yours"));
  sluice_error_clear(&error_);
  EXPECT_EQ(error_.message, nullptr);
  EXPECT_EQ(error_.code, 0);
}

TEST_F(CapiTest, ManyThreadsShareAClient) {
  share_.files = {client::FileOfIds("f", 0, 10)};
  SluiceClient* client = Open();
  std::vector<std::thread> threads;
  std::atomic<int> rows{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      SluiceScan* scan = nullptr;
      ArrowArrayStream stream{};
      EXPECT_EQ(sluice_scan_start(client, kTable, nullptr, 0, &scan, nullptr), SLUICE_OK);
      EXPECT_EQ(sluice_scan_stream(scan, &stream, nullptr), SLUICE_OK);
      rows += static_cast<int>(Import(&stream)->num_rows());
      sluice_scan_close(scan);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(rows, 40);
}

}  // namespace
}  // namespace sluice
