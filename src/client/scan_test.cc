#include "client/scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <numeric>
#include <set>
#include <thread>

#include "client/deadline.h"
#include "client/deletion_vector_fixture.h"
#include "client/fake_share.h"

namespace sluice::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::int64_t> Range(std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> ids(static_cast<std::size_t>(count));
  std::iota(ids.begin(), ids.end(), first);
  return ids;
}

/// `files` files of `rows` consecutive ids each.
void AddFiles(FakeShare* share, int files, std::int64_t rows, std::int64_t group_rows = 1 << 20) {
  for (int i = 0; i < files; ++i) {
    share->files.push_back(FileOfIds("f" + std::to_string(i), i * rows, rows, group_rows));
  }
}

TEST(ScanTest, ReadsFilesInOrderInBothFormats) {
  for (const bool delta : {false, true}) {
    FakeShare share;
    share.delta = delta;
    AddFiles(&share, 20, 100, 30);
    const auto scan = share.Connect()->StartScan(FakeShare::Request());
    ASSERT_TRUE(scan) << scan.error().message;
    EXPECT_EQ((*scan)->table_version(), 3);
    const auto table = ReadAll(**scan);
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ(Ids(**table), Range(0, 2000));
    const ScanProgress progress = (*scan)->Progress();
    EXPECT_EQ(progress.files_listed, 20);
    EXPECT_EQ(progress.files_done, 20);
    EXPECT_TRUE(progress.listing_done);
    EXPECT_EQ(progress.rows, 2000);
    EXPECT_EQ(progress.bytes_read, progress.bytes_total);
    EXPECT_EQ(*(*scan)->Next(), nullptr);
  }
}

TEST(ScanTest, ReadsEveryRowOnceWithoutOrder) {
  FakeShare share;
  AddFiles(&share, 20, 100, 30);
  ScanRequest request = FakeShare::Request();
  request.keep_order = false;
  const auto table = ReadAll(*share.Connect(), request);
  ASSERT_TRUE(table) << table.error().message;
  auto ids = Ids(**table);
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(ids, Range(0, 2000));
}

TEST(ScanTest, PassesThroughASmallBudget) {
  for (const bool keep_order : {true, false}) {
    FakeShare share;
    AddFiles(&share, 8, 500, 50);
    ClientOptions options;
    options.memory_budget = 1;
    options.parallel_files = 3;
    ScanRequest request = FakeShare::Request();
    request.keep_order = keep_order;
    const auto table = ReadAll(*share.Connect(options), request);
    ASSERT_TRUE(table) << table.error().message;
    EXPECT_EQ((*table)->num_rows(), 4000);
  }
}

TEST(ScanTest, LimitIsExact) {
  FakeShare share;
  AddFiles(&share, 10, 100, 30);
  for (const bool keep_order : {true, false}) {
    for (const std::int64_t limit : {0, 1, 30, 31, 250, 1000, 5000}) {
      ScanRequest request = FakeShare::Request();
      request.limit = limit;
      request.keep_order = keep_order;
      const auto table = ReadAll(*share.Connect(), request);
      ASSERT_TRUE(table) << table.error().message;
      EXPECT_EQ((*table)->num_rows(), std::min<std::int64_t>(limit, 1000));
      if (!keep_order) continue;
      EXPECT_EQ(Ids(**table), Range(0, std::min<std::int64_t>(limit, 1000)));
    }
  }
}

TEST(ScanTest, LimitStopsFetching) {
  FakeShare share;
  AddFiles(&share, 50, 100);
  ClientOptions options;
  options.parallel_files = 2;
  ScanRequest request = FakeShare::Request();
  request.limit = 150;
  const auto table = ReadAll(*share.Connect(options), request);
  ASSERT_TRUE(table) << table.error().message;
  std::set<std::string> fetched;
  for (const auto& seen : share.requests()) {
    if (seen.target.starts_with("/files/")) fetched.insert(seen.target);
  }
  EXPECT_LE(fetched.size(), 4);
  EXPECT_THAT(share.requests()[0].body, HasSubstr(R"("limitHint":150)"));
}

TEST(ScanTest, GivesColumnsInTheOrderAsked) {
  FakeShare share;
  share.schema = SchemaJson({FieldJson("id", Named("long")), FieldJson("p", Named("string")),
                             FieldJson("later", Named("double"))});
  share.partition_columns = R"(["p"])";
  share.files = {FileOfIds("f", 0, 2)};
  share.files[0].partition_values = R"({"p":"x"})";
  ScanRequest request = FakeShare::Request();
  request.columns = {"LATER", "p", "id"};
  const auto table = ReadAll(*share.Connect(), request);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_TRUE(
      (*table)->Equals(*JsonTable({{arrow::field("later", arrow::float64()), "[null, null]"},
                                   {arrow::field("p", arrow::utf8()), R"(["x", "x"])"},
                                   {arrow::field("id", arrow::int64()), "[0, 1]"}})));
}

TEST(ScanTest, RefusesBadRequests) {
  FakeShare share;
  const auto client = share.Connect();
  ScanRequest request = FakeShare::Request();
  request.columns = {"nope"};
  const auto scan = client->StartScan(request);
  ASSERT_FALSE(scan);
  EXPECT_EQ(scan.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(scan.error().message, HasSubstr("no column 'nope'; it has id"));

  request = FakeShare::Request();
  request.columns = {"id", "ID"};
  EXPECT_THAT(client->StartScan(request).error().message, HasSubstr("asked for twice"));
  request = FakeShare::Request();
  request.version = 1;
  request.timestamp = "2022-01-01T00:00:00Z";
  EXPECT_EQ(client->StartScan(request).error().kind, ErrorKind::kInvalidArgument);
  request = FakeShare::Request();
  request.limit = -1;
  EXPECT_EQ(client->StartScan(request).error().kind, ErrorKind::kInvalidArgument);
}

std::int64_t CountRows(const FakeShare& share) {
  ScanRequest request = FakeShare::Request();
  request.columns = std::vector<std::string>();
  const auto scan = share.Connect()->StartScan(request);
  EXPECT_TRUE(scan) << scan.error().message;
  EXPECT_EQ((*scan)->schema()->num_fields(), 0);
  std::int64_t rows = 0;
  for (;;) {
    const auto batch = (*scan)->Next();
    EXPECT_TRUE(batch) << batch.error().message;
    if (!batch || *batch == nullptr) return rows;
    EXPECT_EQ((*batch)->num_columns(), 0);
    rows += (*batch)->num_rows();
  }
}

int FilesFetched(const FakeShare& share) {
  int count = 0;
  for (const auto& request : share.requests()) count += request.target.starts_with("/files/");
  return count;
}

TEST(ScanTest, NoColumnsAreRowsThatStatisticsCount) {
  FakeShare share;
  AddFiles(&share, 3, 100'000, 5000);
  share.files[0].stats = R"({"numRecords":200000})";  // The log's word, whatever the file has.
  share.files[2].stats = R"({"numRecords":0})";
  EXPECT_EQ(CountRows(share), 300'000);
  EXPECT_EQ(FilesFetched(share), 1);
}

TEST(ScanTest, NoColumnsAreRowsLessThoseOfDeletionVectors) {
  FakeShare share;
  share.delta = true;
  AddFiles(&share, 3, 50, 20);
  share.blobs["v"] = VectorFileOf(VectorBitmap({1, 2, 30}));
  for (FakeFile& file : share.files) file.deletion_vector = VectorJson("v", {1, 2, 30});
  share.files[0].stats = R"({"numRecords":50,"tightBounds":true})";
  share.files[1].stats = R"({"numRecords":1000,"tightBounds":false})";
  EXPECT_EQ(CountRows(share), 3 * 47);
  // Two footers and their vectors.
  EXPECT_EQ(FilesFetched(share), 4);
}

TEST(ScanTest, StatisticsThatContradictThemselvesDoNotCount) {
  FakeShare share;
  AddFiles(&share, 4, 10);
  share.files[0].stats = R"({"numRecords":-1})";
  share.files[1].stats = R"({"numRecords":10)";
  share.files[2].stats = "nonsense";
  EXPECT_EQ(CountRows(share), 40);
  EXPECT_EQ(FilesFetched(share), 4);
}

TEST(ScanTest, APartitionColumnAloneNeedsNoFile) {
  FakeShare share;
  share.schema = SchemaJson({FieldJson("id", Named("long")), FieldJson("p", Named("string"))});
  share.partition_columns = R"(["p"])";
  share.files = {FileOfIds("f", 0, 2)};
  share.files[0].partition_values = R"({"p":"x"})";
  share.files[0].stats = R"({"numRecords":2})";
  ScanRequest request = FakeShare::Request();
  request.columns = {"p"};
  request.limit = 1;
  const auto table = ReadAll(*share.Connect(), request);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_TRUE((*table)->Equals(*JsonTable({{arrow::field("p", arrow::utf8()), R"(["x"])"}})));
  EXPECT_EQ(FilesFetched(share), 0);
}

TEST(ScanTest, EmptyTableHasASchemaAndNoBatch) {
  FakeShare share;
  const auto scan = share.Connect()->StartScan(FakeShare::Request());
  ASSERT_TRUE(scan) << scan.error().message;
  EXPECT_EQ((*scan)->schema()->ToString(), "id: int64");
  EXPECT_EQ(*(*scan)->Next(), nullptr);
  EXPECT_EQ(*(*scan)->Next(), nullptr);
}

TEST(ScanTest, RefusesFeaturesByName) {
  FakeShare share;
  share.delta = true;
  share.min_reader_version = 3;
  share.reader_features = R"(["deletionVectors","timeWarp"])";
  const auto scan = share.Connect()->StartScan(FakeShare::Request());
  ASSERT_FALSE(scan);
  EXPECT_EQ(scan.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(scan.error().message, HasSubstr("'timeWarp'"));

  share.reader_features = R"(["deletionVectors"])";
  EXPECT_TRUE(share.Connect()->StartScan(FakeShare::Request()));
  share.min_reader_version = 4;
  EXPECT_EQ(share.Connect()->StartScan(FakeShare::Request()).error().kind, ErrorKind::kUnsupported);
}

TEST(ScanTest, ATableThatHasNoUrlsIsRefusedByName) {
  FakeShare share;
  ClientOptions by_url;
  by_url.access = Access::kUrl;
  for (const bool delta : {false, true}) {
    share.delta = delta;
    share.access_modes = R"(["dir"])";
    const auto scan = share.Connect(by_url)->StartScan(FakeShare::Request());
    ASSERT_FALSE(scan);
    EXPECT_EQ(scan.error().kind, ErrorKind::kUnsupported);
    EXPECT_THAT(scan.error().message, HasSubstr("accessModes"));
    share.access_modes = R"(["dir","url"])";
    EXPECT_TRUE(share.Connect(by_url)->StartScan(FakeShare::Request()));
  }
}

// Rows 3, 4, 7, 11, 18 and 29.
TEST(ScanTest, DropsRowsOfAnInlineVector) {
  FakeShare share;
  share.delta = true;
  share.files = {FileOfIds("f", 0, 31, 10)};
  share.files[0].deletion_vector =
      R"({"storageType":"i","pathOrInlineDv":"^9>0=0rr918#]%siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L",)"
      R"("sizeInBytes":40,"cardinality":6})";
  const auto table = ReadAll(*share.Connect(), FakeShare::Request());
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_THAT(Ids(**table), ElementsAre(0, 1, 2, 5, 6, 8, 9, 10, 12, 13, 14, 15, 16, 17, 19, 20, 21,
                                        22, 23, 24, 25, 26, 27, 28, 30));
}

/// The same vector in a file.
std::string VectorFile() {
  return VectorFileOf(HexDecode("d0d33964010000001c0000003a3000000100000000000500100000000300040007"
                                "000b0012001d00")
                          .value()) +
         "more";
}

Result<std::shared_ptr<arrow::Table>> ReadWithVectorFile(const std::string& vector_file) {
  FakeShare share;
  share.delta = true;
  share.files = {FileOfIds("f", 0, 31)};
  share.blobs["dv.bin"] = vector_file;
  share.files[0].deletion_vector =
      R"({"storageType":"p","pathOrInlineDv":"$URL/dv.bin","offset":1,"sizeInBytes":40,)"
      R"("cardinality":6})";
  return ReadAll(*share.Connect(), FakeShare::Request());
}

TEST(ScanTest, FetchesAVectorByItsRange) {
  std::string vector_file = VectorFile();
  const auto table = ReadWithVectorFile(vector_file);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ((*table)->num_rows(), 25);

  vector_file[20] = static_cast<char>(vector_file[20] ^ 1);
  const auto damaged = ReadWithVectorFile(vector_file);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(damaged.error().message, HasSubstr("file f: "));
}

TEST(ScanTest, RenewsUrlsThatExpire) {
  FakeShare share;
  AddFiles(&share, 12, 50);
  ClientOptions options;
  options.parallel_files = 2;
  options.memory_budget = 1;
  const auto scan = share.Connect(options)->StartScan(FakeShare::Request());
  ASSERT_TRUE(scan) << scan.error().message;
  ASSERT_TRUE((*scan)->Next());
  share.Expire();
  const auto rest = ReadAll(**scan);
  ASSERT_TRUE(rest) << rest.error().message;
  EXPECT_EQ(Ids(**rest), Range(50, 550));
  EXPECT_EQ(share.queries(), 2);
  EXPECT_THAT(share.requests().back().target, HasSubstr("/files/1/"));
}

TEST(ScanTest, RenewsFromTheLatestVersionWhereHistoryIsNotShared) {
  FakeShare share;
  AddFiles(&share, 12, 50);
  share.intercept = [&](const net::TestRequest& request, net::TestConnection& peer) {
    share.intercepted = request.body.find("\"version\"") != std::string::npos;
    if (share.intercepted) {
      peer.Answer("400 Bad Request",
                  R"({"errorCode":"UNSUPPORTED_OPERATION","message":"no history"})");
    }
  };
  ClientOptions options;
  options.parallel_files = 1;
  options.memory_budget = 1;
  const auto client = share.Connect(options);
  const auto scan = client->StartScan(FakeShare::Request());
  ASSERT_TRUE(scan) << scan.error().message;
  ASSERT_TRUE((*scan)->Next());
  share.Expire();
  ASSERT_TRUE(ReadAll(**scan));

  // And refuses to mix two versions.
  const auto other = client->StartScan(FakeShare::Request());
  ASSERT_TRUE(other) << other.error().message;
  ASSERT_TRUE((*other)->Next());
  share.version = 4;
  share.Expire();
  const auto rest = ReadAll(**other);
  ASSERT_FALSE(rest);
  EXPECT_EQ(rest.error().kind, ErrorKind::kDataMissing);
  EXPECT_THAT(rest.error().message, HasSubstr("from version 3 to 4"));
}

/// Answers queries with a refresh token each; one that is sent back is told.
void GiveRefreshTokens(FakeShare* share, std::vector<std::string>* seen) {
  share->intercept = [share, seen](const net::TestRequest& request, net::TestConnection& peer) {
    share->intercepted = request.target.ends_with("/query");
    if (!share->intercepted) return;
    const bool refreshes = request.body.find("\"refreshToken\"") != std::string::npos;
    const bool asks = request.body.find("\"includeRefreshToken\":true") != std::string::npos;
    const bool versioned = request.body.find("\"version\"") != std::string::npos;
    seen->push_back(refreshes ? "refresh" : versioned ? "version" : asks ? "ask" : "plain");
    if (refreshes &&
        request.body.find("t" + std::to_string(share->queries() - 1)) == std::string::npos) {
      return peer.Answer("400 Bad Request",
                         R"({"errorCode":"INVALID_PARAMETER_VALUE","message":"expired"})");
    }
    peer.Answer("200 OK",
                share->Answer() + R"({"endStreamAction":{"refreshToken":"t)" +
                    std::to_string(share->queries()) + R"("}})" + "\n",
                share->HeaderLines());
  };
}

TEST(ScanTest, RenewsByTheRefreshTokenThatTheServerGave) {
  FakeShare share;
  AddFiles(&share, 12, 50);
  std::vector<std::string> seen;
  GiveRefreshTokens(&share, &seen);
  ClientOptions options;
  options.parallel_files = 1;
  options.memory_budget = 1;
  const auto scan = share.Connect(options)->StartScan(FakeShare::Request());
  ASSERT_TRUE(scan) << scan.error().message;
  for (int renewals = 0; renewals < 2; ++renewals) {
    ASSERT_TRUE((*scan)->Next());
    share.Expire();
    ASSERT_TRUE((*scan)->Next());
    ASSERT_TRUE((*scan)->Next());
  }
  ASSERT_TRUE(ReadAll(**scan));
  EXPECT_THAT(seen, ElementsAre("ask", "refresh", "refresh"));
}

TEST(ScanTest, ARefreshTokenThatIsRefusedIsForgotten) {
  FakeShare share;
  AddFiles(&share, 12, 50);
  std::vector<std::string> seen;
  GiveRefreshTokens(&share, &seen);
  ClientOptions options;
  options.parallel_files = 1;
  options.memory_budget = 1;
  const auto client = share.Connect(options);
  const auto scan = client->StartScan(FakeShare::Request());
  ASSERT_TRUE(scan) << scan.error().message;
  ASSERT_TRUE((*scan)->Next());
  // Another query between makes the server forget the token.
  ASSERT_TRUE(ReadAll(*client, FakeShare::Request()));
  share.Expire();
  const auto rest = ReadAll(**scan);
  ASSERT_TRUE(rest) << rest.error().message;
  EXPECT_EQ(Ids(**rest), Range(50, 550));
  EXPECT_THAT(seen, ElementsAre("ask", "ask", "refresh", "version"));
}

TEST(ScanTest, ContinuesAnAnswerThatBreaks) {
  FakeShare share;
  AddFiles(&share, 10, 20);
  share.intercept = [&](const net::TestRequest& request, net::TestConnection& peer) {
    share.intercepted = request.target.ends_with("/query") && share.queries() == 1;
    if (!share.intercepted) return;
    const std::string body = share.Answer();
    peer.Write("HTTP/1.1 200 OK\r\n" + share.HeaderLines() + "Content-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body.substr(0, body.size() / 2));
    peer.Close();
  };
  const auto table = ReadAll(*share.Connect(), FakeShare::Request());
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(Ids(**table), Range(0, 200));
  EXPECT_EQ(share.queries(), 2);
}

TEST(ScanTest, FollowsPagesOfAnAnswer) {
  FakeShare share;
  AddFiles(&share, 3, 10);
  share.intercept = [&](const net::TestRequest& request, net::TestConnection& peer) {
    share.intercepted = request.target.ends_with("/query");
    if (!share.intercepted) return;
    const auto number = static_cast<std::size_t>(share.queries());
    std::string body = number == 1 ? share.TableLines() : "";
    body += share.FileLine(share.files[number - 1]);
    if (number < 3) {
      body += R"({"endStreamAction":{"nextPageToken":"p)" + std::to_string(number) + R"("}})";
    }
    EXPECT_EQ(request.body.find("pageToken") != std::string::npos, number > 1);
    peer.Answer("200 OK", body, share.HeaderLines());
  };
  const auto table = ReadAll(*share.Connect(), FakeShare::Request());
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(Ids(**table), Range(0, 30));
}

TEST(ScanTest, ErrorInTheLastLineIsAnError) {
  FakeShare share;
  AddFiles(&share, 1, 10);
  share.intercept = [&](const net::TestRequest& request, net::TestConnection& peer) {
    share.intercepted = request.target.ends_with("/query");
    if (!share.intercepted) return;
    peer.Answer(
        "200 OK",
        share.Answer() + R"({"endStreamAction":{"errorMessage":"gone","httpStatusErrorCode":400}})",
        share.HeaderLines());
  };
  const auto table = ReadAll(*share.Connect(), FakeShare::Request());
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(table.error().message, HasSubstr("gone"));
}

TEST(ScanTest, AMissingFileIsNamedWithoutItsUrl) {
  FakeShare share;
  AddFiles(&share, 3, 10);
  share.intercept = [&](const net::TestRequest& request, net::TestConnection& peer) {
    share.intercepted = request.target.find("/f1?") != std::string::npos;
    // Longer than the file that was asked for.
    if (share.intercepted) peer.Answer("404 Not Found", std::string(10'000, 'x'));
  };
  const auto table = ReadAll(*share.Connect(), FakeShare::Request());
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, ErrorKind::kDataMissing);
  EXPECT_THAT(table.error().message, HasSubstr("file f1"));
  EXPECT_THAT(table.error().message, Not(HasSubstr("hidden")));
}

TEST(ScanTest, RefusesAFileListedTwice) {
  FakeShare share;
  share.files = {FileOfIds("f", 0, 2), FileOfIds("f", 2, 2)};
  const auto table = ReadAll(*share.Connect(), FakeShare::Request());
  ASSERT_FALSE(table);
  EXPECT_THAT(table.error().message, HasSubstr("file f is listed twice"));
}

TEST(ScanTest, CancelEndsAScan) {
  FakeShare share;
  AddFiles(&share, 20, 100);
  ClientOptions options;
  options.memory_budget = 1;
  const auto scan = share.Connect(options)->StartScan(FakeShare::Request());
  ASSERT_TRUE(scan) << scan.error().message;
  ASSERT_TRUE((*scan)->Next());
  (*scan)->Cancel();
  (*scan)->Cancel();
  const auto next = (*scan)->Next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind, ErrorKind::kCancelled);
}

ClientOptions WithDeadline(std::int64_t deadline_ms) {
  ClientOptions options;
  options.memory_budget = 1;
  options.deadline_ms = deadline_ms;
  return options;
}

TEST(ScanTest, ADeadlineEndsAScanThatWaitsForFiles) {
  FakeShare share;
  AddFiles(&share, 3, 100);
  share.silent = "/f1";
  const auto scan = share.Connect(WithDeadline(1000))->StartScan(FakeShare::Request());
  ASSERT_TRUE(scan) << scan.error().message;
  const auto first = (*scan)->Next();
  ASSERT_TRUE(first) << first.error().message;
  const auto next = (*scan)->Next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(next.error().message,
            "the scan has not ended within its deadline of 1000 ms: 1 of 3 files were read");
}

TEST(ScanTest, ADeadlineCountsTheTimeOfTheReader) {
  FakeShare share;
  AddFiles(&share, 3, 100);
  std::promise<void> late;
  const auto scan = share.Connect(WithDeadline(300))->StartScan(FakeShare::Request());
  ASSERT_TRUE(scan) << scan.error().message;
  const DeadlineTimer timer(Deadline(800), [&late] { late.set_value(); });
  late.get_future().wait();
  const auto next = (*scan)->Next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind, ErrorKind::kTimeout);
}

TEST(ScanTest, ADeadlineEndsWaitsForTheServer) {
  for (const char* silent : {"/query", "/metadata", "/changes"}) {
    FakeShare share;
    AddFiles(&share, 3, 100);
    share.silent = silent;
    const auto client = share.Connect(WithDeadline(100));
    const auto scan = std::string_view(silent) == "/query"
                          ? client->StartScan(FakeShare::Request())
                          : client->StartChanges(FakeShare::ChangesFrom(0));
    ASSERT_FALSE(scan) << silent;
    EXPECT_EQ(scan.error().kind, ErrorKind::kTimeout) << scan.error().message;
    EXPECT_THAT(scan.error().message, HasSubstr("its deadline of 100 ms")) << silent;
  }
  FakeShare share;
  share.intercept = [](const net::TestRequest&, net::TestConnection& peer) {
    peer.Answer("503 Unavailable", "", "Retry-After: 100\r\n");
  };
  const auto plan = share.Connect(WithDeadline(100))->PlanScan(FakeShare::Request(), {});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind, ErrorKind::kTimeout) << plan.error().message;
}

TEST(ScanTest, ADeadlineThatIsKeptIsNoError) {
  FakeShare share;
  AddFiles(&share, 3, 100);
  const auto table = ReadAll(*share.Connect(WithDeadline(60'000)), FakeShare::Request());
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(Ids(**table), Range(0, 300));
}

TEST(ScanTest, DroppingAScanEndsItsWork) {
  FakeShare share;
  AddFiles(&share, 20, 100);
  ClientOptions options;
  options.memory_budget = 1;
  for (int taken = 0; taken < 3; ++taken) {
    const auto scan = share.Connect(options)->StartScan(FakeShare::Request());
    ASSERT_TRUE(scan) << scan.error().message;
    for (int i = 0; i < taken; ++i) ASSERT_TRUE((*scan)->Next());
  }
}

TEST(RecordBatchReaderTest, ErrorsBeginWithTheirKind) {
  FakeShare share;
  share.files = {{"f", std::string(100, 'x'), "{}", "", ""}};
  const auto scan = share.Connect()->StartScan(FakeShare::Request());
  ASSERT_TRUE(scan) << scan.error().message;
  const auto reader = AsRecordBatchReader(*scan);
  EXPECT_TRUE(reader->schema()->Equals(*(*scan)->schema()));
  std::shared_ptr<arrow::RecordBatch> batch;
  const auto status = reader->ReadNext(&batch);
  EXPECT_THAT(status.message(), ::testing::StartsWith("corrupt: file f: "));
}

}  // namespace
}  // namespace sluice::client
