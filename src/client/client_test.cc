#include "client/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "client/fake_share.h"

namespace sluice::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const protocol::TableName kTable{"share", "schema", "table"};

std::vector<std::string> Names(const std::vector<protocol::Table>& tables) {
  std::vector<std::string> names;
  for (const auto& table : tables) names.push_back(table.schema + "." + table.name);
  return names;
}

TEST(ClientTest, ListsOverAllPages) {
  FakeShare share;
  share.intercept = [](const net::TestRequest& request, net::TestConnection& peer) {
    if (request.target == "/prefix/shares") {
      peer.Answer("200 OK", R"({"items":[{"name":"a","id":"1"}],"nextPageToken":"x y"})");
    } else if (request.target == "/prefix/shares?pageToken=x%20y") {
      peer.Answer("200 OK", R"({"nextPageToken":"z"})");
    } else {
      peer.Answer("200 OK", R"({"items":[{"name":"b"}],"nextPageToken":""})");
    }
  };
  const auto shares = share.Connect()->ListShares();
  ASSERT_TRUE(shares) << shares.error().message;
  ASSERT_EQ(shares->size(), 2);
  EXPECT_EQ((*shares)[0].id, "1");
  EXPECT_EQ((*shares)[1].name, "b");
}

TEST(ClientTest, EndsAListingThatRepeatsItself) {
  FakeShare share;
  share.intercept = [](const net::TestRequest&, net::TestConnection& peer) {
    peer.Answer("200 OK", R"({"items":[{"name":"a","share":"s"}],"nextPageToken":"again"})");
  };
  const auto schemas = share.Connect()->ListSchemas("s");
  ASSERT_FALSE(schemas);
  EXPECT_EQ(schemas.error().kind, ErrorKind::kMalformed);
  EXPECT_THAT(schemas.error().message, HasSubstr("repeats a page token"));
  EXPECT_EQ(share.requests().size(), 2);
}

TEST(ClientTest, ListsSchemaBySchemaWhereAllTablesIsUnknown) {
  FakeShare share;
  share.intercept = [](const net::TestRequest& request, net::TestConnection& peer) {
    if (request.target.ends_with("/all-tables")) {
      peer.Answer("404 Not Found", "");
    } else if (request.target.ends_with("/schemas")) {
      peer.Answer("200 OK", R"({"items":[{"name":"a b","share":"s"},{"name":"c","share":"s"}]})");
    } else if (request.target == "/prefix/shares/s/schemas/a%20b/tables") {
      peer.Answer("200 OK", R"({"items":[{"name":"t","schema":"a b","share":"s"}]})");
    } else {
      peer.Answer("200 OK", R"({"items":[{"name":"u","schema":"c","share":"s"}]})");
    }
  };
  const auto tables = share.Connect()->ListAllTables("s");
  ASSERT_TRUE(tables) << tables.error().message;
  EXPECT_THAT(Names(*tables), ElementsAre("a b.t", "c.u"));
}

TEST(ClientTest, GivesTheServersError) {
  FakeShare share;
  share.intercept = [](const net::TestRequest&, net::TestConnection& peer) {
    peer.Answer("404 Not Found",
                R"({"errorCode":"RESOURCE_DOES_NOT_EXIST","message":"no table\nt"})",
                "X-Request-Id: r-17\r\n");
  };
  const auto info = share.Connect()->Describe(kTable, std::nullopt);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(info.error().request_id, "r-17");
  EXPECT_THAT(info.error().message, HasSubstr("no table t"));
  EXPECT_THAT(info.error().message, HasSubstr("/shares/share/schemas/schema/tables/table"));
  EXPECT_THAT(info.error().message, Not(HasSubstr("secret-token")));
}

struct StatusCase {
  std::string status;
  std::string code;
  ErrorKind kind;
};

class StatusTest : public ::testing::TestWithParam<StatusCase> {};

TEST_P(StatusTest, BecomesAKind) {
  FakeShare share;
  share.intercept = [](const net::TestRequest&, net::TestConnection& peer) {
    peer.Answer(GetParam().status, R"({"errorCode":")" + GetParam().code + R"(","message":"why"})");
  };
  ClientOptions options;
  options.http.max_retries = 1;
  const auto version = share.Connect(options)->ListSchemas("s");
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().kind, GetParam().kind);
}

INSTANTIATE_TEST_SUITE_P(
    All, StatusTest,
    ::testing::Values(
        StatusCase{"400 Bad Request", "INVALID_PARAMETER_VALUE", ErrorKind::kInvalidArgument},
        StatusCase{"400 Bad Request", "UNSUPPORTED_OPERATION", ErrorKind::kUnsupported},
        StatusCase{"400 Bad Request", "RESOURCE_DOES_NOT_EXIST", ErrorKind::kDataMissing},
        StatusCase{"401 Unauthorized", "X", ErrorKind::kUnauthenticated},
        StatusCase{"403 Forbidden", "X", ErrorKind::kPermissionDenied},
        StatusCase{"405 Method Not Allowed", "X", ErrorKind::kUnsupported},
        StatusCase{"413 Too Large", "X", ErrorKind::kTooLarge},
        StatusCase{"503 Unavailable", "X", ErrorKind::kUnavailable},
        StatusCase{"500 Error", "INTERNAL_ERROR", ErrorKind::kUnavailable}));

TEST(ClientTest, RefusesAnExpiredProfileWithoutARequest) {
  FakeShare share;
  protocol::Profile profile;
  profile.endpoint = share.Url("/prefix");
  profile.credential = protocol::BearerToken{"secret-token"};
  profile.expiration_time_ms = 1000;
  const auto shares = Client::Make(profile, {})->ListShares();
  ASSERT_FALSE(shares);
  EXPECT_EQ(shares.error().kind, ErrorKind::kUnauthenticated);
  EXPECT_THAT(shares.error().message, HasSubstr("1970-01-01T00:00:01.000Z"));
  EXPECT_TRUE(share.requests().empty());
}

TEST(ClientTest, AsksForTheVersion) {
  FakeShare share;
  share.version = 42;
  const auto client = share.Connect();
  EXPECT_EQ(client->TableVersion(kTable, ""), 42);
  EXPECT_EQ(client->TableVersion(kTable, "2022-01-01T01:00:00+01:00"), 42);
  EXPECT_EQ(share.requests()[1].target,
            "/prefix/shares/share/schemas/schema/tables/table/version"
            "?startingTimestamp=2022-01-01T00%3A00%3A00.000Z");
  EXPECT_EQ(client->TableVersion(kTable, "yesterday").error().kind, ErrorKind::kInvalidArgument);
}

TEST(ClientTest, FallsBackToTheOlderFormOfVersion) {
  FakeShare share;
  share.intercept = [&](const net::TestRequest& request, net::TestConnection& peer) {
    if (request.method == "HEAD") {
      peer.Write("HTTP/1.1 200 OK\r\nDelta-Table-Version: 5\r\nContent-Length: 0\r\n\r\n");
    } else {
      peer.Answer("404 Not Found", "");
    }
  };
  EXPECT_EQ(share.Connect()->TableVersion(kTable, ""), 5);
}

TEST(ClientTest, MissingVersionHeaderIsMalformed) {
  FakeShare share;
  share.intercept = [](const net::TestRequest&, net::TestConnection& peer) {
    peer.Answer("200 OK", "");
  };
  EXPECT_EQ(share.Connect()->TableVersion(kTable, "").error().kind, ErrorKind::kMalformed);
}

TEST(ClientTest, DescribesInBothFormats) {
  for (const bool delta : {false, true}) {
    FakeShare share;
    share.delta = delta;
    const auto info = share.Connect()->Describe(kTable, std::nullopt);
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(info->version, 3);
    EXPECT_EQ(info->format,
              delta ? protocol::ResponseFormat::kDelta : protocol::ResponseFormat::kParquet);
    EXPECT_EQ(info->metadata.schema_string, share.schema);
    const std::string sent = share.requests()[0].headers.at("delta-sharing-capabilities");
    EXPECT_THAT(sent, HasSubstr("parquet"));
    EXPECT_THAT(sent, HasSubstr("deletionvectors"));
  }
}

TEST(ClientTest, AnswerWithoutMetadataIsMalformed) {
  FakeShare share;
  share.intercept = [&](const net::TestRequest&, net::TestConnection& peer) {
    peer.Answer("200 OK", R"({"protocol":{"minReaderVersion":1}})", share.HeaderLines());
  };
  const auto info = share.Connect()->Describe(kTable, std::nullopt);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().kind, ErrorKind::kMalformed);
  EXPECT_THAT(info.error().message, HasSubstr("no metaData line"));
  EXPECT_EQ(ReadAll(*share.Connect(), FakeShare::Request()).error().kind, ErrorKind::kMalformed);
}

class ProfileFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::path(::testing::TempDir()) / "sluice-profile-test.share";
  }
  void TearDown() override { std::filesystem::remove_all(path_); }
  void Write(const std::string& text) { std::ofstream(path_) << text; }

  std::filesystem::path path_;
};

TEST_F(ProfileFileTest, IsRead) {
  Write(R"({"shareCredentialsVersion":1,"endpoint":"https://x/y/","bearerToken":"t"})");
  const auto profile = ReadProfile(path_);
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->endpoint, "https://x/y");
}

TEST_F(ProfileFileTest, ErrorsNameThePath) {
  EXPECT_EQ(ReadProfile(path_).error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(ReadProfile(path_).error().message, HasSubstr(path_.string()));
  Write("{}");
  EXPECT_EQ(ReadProfile(path_).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(ReadProfile(path_).error().message, HasSubstr(path_.string()));
  Write(std::string((1 << 20) + 1, ' '));
  EXPECT_EQ(ReadProfile(path_).error().kind, ErrorKind::kTooLarge);
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_EQ(ReadProfile(path_).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(ReadProfile(path_).error().message, HasSubstr("is a folder"));
}

TEST(ClientTest, AnInterruptEndsCallsThatWait) {
  std::shared_ptr<Client> client;
  FakeShare share;  // Its threads end before the client, which they use.
  // The interrupt comes while the call waits for an answer that never comes.
  share.intercept = [&](const net::TestRequest&, net::TestConnection& peer) {
    client->Interrupt();
    peer.WaitForClose();
  };
  client = share.Connect();
  const auto shares = client->ListShares();
  ASSERT_FALSE(shares);
  EXPECT_EQ(shares.error().kind, ErrorKind::kCancelled);
  ScanRequest request;
  request.table = kTable;
  const auto scan = client->StartScan(request);
  ASSERT_FALSE(scan);
  EXPECT_EQ(scan.error().kind, ErrorKind::kCancelled);
}

}  // namespace
}  // namespace sluice::client
