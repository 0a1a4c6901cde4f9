// Client::StartChanges against a provider whose answers the tests write.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/deletion_vector_fixture.h"
#include "client/fake_share.h"

namespace sluice::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A file of changes that says of each row of which type it is.
FakeFile FileOfChanges(const std::string& id, const std::string& ids, const std::string& types) {
  return {id,
          ParquetBytes(JsonTable({{arrow::field("id", arrow::int64()), ids},
                                  {arrow::field("_change_type", arrow::utf8()), types}})),
          "{}", "", ""};
}

/// "id type @version" of each row.
std::vector<std::string> Lines(const arrow::Table& table) {
  const auto whole = table.CombineChunks().ValueOrDie();
  std::vector<std::string> lines;
  for (std::int64_t row = 0; row < whole->num_rows(); ++row) {
    const auto text = [&](const char* name) {
      const auto scalar = whole->GetColumnByName(name)->GetScalar(row).ValueOrDie();
      return scalar->ToString();
    };
    lines.push_back(text("id") + " " + text("_change_type") + " @" + text("_commit_version"));
  }
  return lines;
}

std::vector<std::string> LinesOf(const Result<std::shared_ptr<Scan>>& scan) {
  EXPECT_TRUE(scan) << scan.error().message;
  if (!scan) return {};
  const auto table = ReadAll(**scan);
  EXPECT_TRUE(table) << table.error().message;
  return table ? Lines(**table) : std::vector<std::string>();
}

/// The same, split into as many tasks as there can be.
std::vector<std::string> ReadByTasks(const FakeShare& share, const ChangesRequest& request) {
  const auto plan = share.Connect()->PlanChanges(request, {1, 1});
  EXPECT_TRUE(plan) << plan.error().message;
  std::vector<std::string> lines;
  for (const PlannedTask& task : plan ? plan->tasks : std::vector<PlannedTask>()) {
    const auto some = LinesOf(share.Connect()->StartTask(task.bytes));
    lines.insert(lines.end(), some.begin(), some.end());
  }
  return lines;
}

std::vector<std::string> Read(const FakeShare& share, const ChangesRequest& request) {
  auto lines = LinesOf(share.Connect()->StartChanges(request));
  if (!request.limit) {
    EXPECT_EQ(ReadByTasks(share, request), lines);
  }
  return lines;
}

Error Refusal(const FakeShare& share, ChangesRequest request) {
  const auto scan = share.Connect()->StartChanges(std::move(request));
  if (!scan) return scan.error();
  const auto table = ReadAll(**scan);
  EXPECT_FALSE(table);
  return table ? Error{} : table.error();
}

TEST(ChangesTest, GivesRowsWithTheirTypeVersionAndTime) {
  for (const bool delta : {false, true}) {
    FakeShare share;
    share.delta = delta;
    share.changes = {
        {"add", 1, FileOfIds("a", 0, 2)},
        {"cdf", 2, FileOfChanges("c", "[0, 10]", R"(["update_preimage", "update_postimage"])")},
        {"remove", 3, FileOfIds("a", 0, 2)}};
    const auto scan = share.Connect()->StartChanges(FakeShare::ChangesFrom(1));
    ASSERT_TRUE(scan) << scan.error().message;
    EXPECT_EQ((*scan)->table_version(), 3);
    const auto table = ReadAll(**scan);
    ASSERT_TRUE(table) << table.error().message;
    const auto utc = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    EXPECT_TRUE((*table)->CombineChunks().ValueOrDie()->Equals(*JsonTable(
        {{arrow::field("id", arrow::int64()), "[0, 1, 0, 10, 0, 1]"},
         {arrow::field("_change_type", arrow::utf8()),
          R"(["insert","insert","update_preimage","update_postimage","delete","delete"])"},
         {arrow::field("_commit_version", arrow::int64()), "[1, 1, 2, 2, 3, 3]"},
         {arrow::field("_commit_timestamp", utc),
          "[1000000, 1000000, 2000000, 2000000, 3000000, 3000000]"}})))
        << (*table)->ToString();
  }
}

TEST(ChangesTest, AsksForTheRangeOnceItKnowsItsEnd) {
  FakeShare share;
  share.version = 9;
  EXPECT_THAT(LinesOf(share.Connect()->StartChanges(FakeShare::ChangesFrom(4))), IsEmpty());
  ASSERT_EQ(share.requests().size(), 2);
  EXPECT_THAT(share.requests()[0].target, testing::EndsWith("/metadata"));
  EXPECT_THAT(share.requests()[1].target,
              testing::EndsWith("/changes?startingVersion=4&endingVersion=9&"
                                "includeHistoricalMetadata=true&includeHistoricalProtocol=true"));

  ChangesRequest request = FakeShare::ChangesFrom(4);
  request.starting_version.reset();
  request.starting_timestamp = "1970-01-01T00:00:01+00:00";
  request.ending_timestamp = "1970-01-01T01:00:02+01:00";
  EXPECT_THAT(LinesOf(share.Connect()->StartChanges(request)), IsEmpty());
  EXPECT_THAT(share.requests()[2].target,
              testing::EndsWith("/metadata?timestamp=1970-01-01T00%3A00%3A02.000Z"));
  EXPECT_THAT(share.requests()[3].target,
              HasSubstr("?startingTimestamp=1970-01-01T00%3A00%3A01.000Z&"
                        "endingTimestamp=1970-01-01T00%3A00%3A02.000Z&include"));
}

TEST(ChangesTest, LeavesOutWhatComesAfterTheEnd) {
  FakeShare share;
  share.version = 9;
  for (int version = 1; version < 6; ++version) {
    share.changes.push_back({"add", version, FileOfIds("f" + std::to_string(version), version, 1)});
  }
  ChangesRequest request = FakeShare::ChangesFrom(1);
  request.ending_version = 2;
  EXPECT_THAT(Read(share, request), ElementsAre("1 insert @1", "2 insert @2"));
}

TEST(ChangesTest, ComeByVersionHoweverListed) {
  FakeShare share;
  share.changes = {{"add", 3, FileOfIds("c", 30, 1)},
                   {"add", 1, FileOfIds("a", 10, 1)},
                   {"remove", 2, FileOfIds("a", 10, 1)},
                   {"add", 1, FileOfIds("b", 11, 1)}};
  EXPECT_THAT(Read(share, FakeShare::ChangesFrom(1)),
              ElementsAre("10 insert @1", "11 insert @1", "10 delete @2", "30 insert @3"));
}

TEST(ChangesTest, FilesOfChangesSpeakForTheirCommit) {
  FakeShare share;
  share.changes = {{"remove", 1, FileOfIds("a", 0, 2)},
                   {"add", 1, FileOfIds("b", 1, 1)},
                   {"cdf", 1, FileOfChanges("c", "[0]", R"(["delete"])")},
                   {"add", 2, FileOfIds("d", 2, 1)}};
  EXPECT_THAT(Read(share, FakeShare::ChangesFrom(1)), ElementsAre("0 delete @1", "2 insert @2"));
}

TEST(ChangesTest, WhatOnlyMovedRowsIsNoChange) {
  FakeShare share;
  share.delta = true;
  share.changes = {{"remove", 1, FileOfIds("a", 0, 2), "", false},
                   {"add", 1, FileOfIds("b", 0, 2), "", false},
                   {"add", 2, FileOfIds("c", 2, 1)}};
  EXPECT_THAT(Read(share, FakeShare::ChangesFrom(1)), ElementsAre("2 insert @2"));
}

/// A commit that gave the file of ids 0 to 9 another deletion vector.
std::vector<std::string> ReadNewVector(const std::optional<RowNumbers>& before,
                                       const std::optional<RowNumbers>& after) {
  FakeShare share;
  share.delta = true;
  FakeChange removed{"remove", 1, FileOfIds("f", 0, 10, 3)};
  FakeChange added{"add", 1, removed.file};
  if (before) {
    share.blobs["before"] = VectorFileOf(VectorBitmap(*before));
    removed.file.deletion_vector = VectorJson("before", *before);
  }
  if (after) {
    share.blobs["after"] = VectorFileOf(VectorBitmap(*after));
    added.file.deletion_vector = VectorJson("after", *after);
  }
  share.changes = {added, removed};
  return Read(share, FakeShare::ChangesFrom(1));
}

TEST(ChangesTest, ANewDeletionVectorIsItsDifference) {
  EXPECT_THAT(ReadNewVector(std::nullopt, RowNumbers{2, 3}),
              ElementsAre("2 delete @1", "3 delete @1"));
  EXPECT_THAT(ReadNewVector(RowNumbers{2, 9}, std::nullopt),
              ElementsAre("2 insert @1", "9 insert @1"));
  EXPECT_THAT(ReadNewVector(RowNumbers{1, 2, 8}, RowNumbers{0, 2, 4}),
              ElementsAre("0 delete @1", "4 delete @1", "1 insert @1", "8 insert @1"));
  EXPECT_THAT(ReadNewVector(RowNumbers{1, 2}, RowNumbers{1, 2}), IsEmpty());
  EXPECT_THAT(ReadNewVector(std::nullopt, std::nullopt), IsEmpty());
}

TEST(ChangesTest, RowsDeletedBeforeDoNotComeOrGo) {
  FakeShare share;
  share.delta = true;
  share.blobs["v"] = VectorFileOf(VectorBitmap({0, 1}));
  FakeChange added{"add", 1, FileOfIds("a", 0, 4)};
  added.file.deletion_vector = VectorJson("v", {0, 1});
  FakeChange removed{"remove", 2, added.file};
  share.changes = {added, removed};
  EXPECT_THAT(Read(share, FakeShare::ChangesFrom(1)),
              ElementsAre("2 insert @1", "3 insert @1", "2 delete @2", "3 delete @2"));
}

TEST(ChangesTest, GivesTheColumnsAskedFor) {
  FakeShare share;
  share.schema = SchemaJson({FieldJson("id", Named("long")), FieldJson("p", Named("string"))});
  share.partition_columns = R"(["p"])";
  share.changes = {{"add", 1, FileOfIds("a", 0, 2)},
                   {"cdf", 2, FileOfChanges("c", "[5]", R"(["delete"])")}};
  share.changes[0].file.partition_values = R"({"p":"x"})";
  share.changes[0].file.stats = R"({"numRecords":2})";
  share.changes[1].file.partition_values = R"({"p":null})";
  ChangesRequest request = FakeShare::ChangesFrom(0);
  request.columns = {"_commit_timestamp", "P", "_change_type"};
  request.commit_time = CommitTimeForm::kMilliseconds;
  const auto scan = share.Connect()->StartChanges(request);
  ASSERT_TRUE(scan) << scan.error().message;
  const auto table = ReadAll(**scan);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_TRUE((*table)->CombineChunks().ValueOrDie()->Equals(*JsonTable(
      {{arrow::field("_commit_timestamp", arrow::int64()), "[1000, 1000, 2000]"},
       {arrow::field("p", arrow::utf8()), R"(["x", "x", null])"},
       {arrow::field("_change_type", arrow::utf8()), R"(["insert", "insert", "delete"])"}})));
  // What the file of rows is was known of it.
  for (const auto& seen : share.requests()) EXPECT_THAT(seen.target, Not(HasSubstr("/a?")));

  request.columns = {"id", "nope"};
  EXPECT_THAT(Refusal(share, request).message,
              HasSubstr("no column 'nope'; it has id, p, _change"));
  request.columns = std::vector<std::string>();
  const auto count = share.Connect()->StartChanges(request);
  ASSERT_TRUE(count) << count.error().message;
  EXPECT_EQ((*(*count)->Next())->num_rows(), 2);
}

TEST(ChangesTest, LimitsRows) {
  FakeShare share;
  share.changes = {{"add", 1, FileOfIds("a", 0, 5)}, {"add", 2, FileOfIds("b", 5, 5)}};
  ChangesRequest request = FakeShare::ChangesFrom(0);
  request.limit = 6;
  EXPECT_EQ(Read(share, request).size(), 6);
}

TEST(ChangesTest, ReadsOlderFilesUnderTheSchemaOfTheEnd) {
  FakeShare share;
  share.delta = true;
  const std::string widened = R"({"delta.typeChanges":[{"fromType":"integer","toType":"long"}]})";
  share.schema =
      SchemaJson({FieldJson("id", Named("long"), widened), FieldJson("later", Named("string"))});
  share.first_schema = SchemaJson({FieldJson("id", Named("integer"))});
  FakeFile narrow{"a", ParquetBytes(JsonTable({{arrow::field("id", arrow::int32()), "[7]"}})), "{}",
                  "", ""};
  share.changes = {
      {"add", 1, narrow}, {"metaData", 2, {}, share.schema}, {"add", 3, FileOfIds("b", 8, 1)}};
  const auto scan = share.Connect()->StartChanges(FakeShare::ChangesFrom(0));
  ASSERT_TRUE(scan) << scan.error().message;
  EXPECT_EQ((*scan)->schema()->field(0)->ToString(), "id: int64");
  const auto table = ReadAll(**scan);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_THAT(Lines(**table), ElementsAre("7 insert @1", "8 insert @3"));
}

Error RefusalOf(const std::string& first, const std::string& last) {
  FakeShare share;
  share.delta = true;
  share.first_schema = SchemaJson({first});
  share.schema = SchemaJson({last});
  const Error at_start = Refusal(share, FakeShare::ChangesFrom(0));
  // The same when the schema is told on the way.
  share.version = 9;
  share.changes = {{"metaData", 4, {}, share.first_schema}};
  share.first_schema.clear();
  const Error on_the_way = Refusal(share, FakeShare::ChangesFrom(0));
  EXPECT_EQ(at_start.kind, on_the_way.kind);
  EXPECT_THAT(on_the_way.message, HasSubstr("after version 4"));
  EXPECT_EQ(at_start.kind, ErrorKind::kUnsupported);
  return at_start;
}

TEST(ChangesTest, RefusesASchemaThatDoesNotHoldTheOlderRows) {
  EXPECT_THAT(RefusalOf(FieldJson("old", Named("long")), FieldJson("id", Named("long"))).message,
              HasSubstr("column 'old' was dropped or replaced after version 0: "));
  EXPECT_THAT(RefusalOf(FieldJson("id", Named("string")), FieldJson("id", Named("long"))).message,
              HasSubstr("column 'id' changed its type"));
  EXPECT_THAT(RefusalOf(FieldJson("id", Named("long")), FieldJson("id", Named("integer"))).message,
              HasSubstr("changed its type"));
  const std::string deep = R"({"type":"array","elementType":{"type":"struct","fields":[)" +
                           FieldJson("x", Named("date")) + R"(]},"containsNull":true})";
  const std::string deeper = R"({"type":"array","elementType":{"type":"struct","fields":[)" +
                             FieldJson("x", Named("double")) + R"(]},"containsNull":true})";
  EXPECT_THAT(RefusalOf(FieldJson("a", deep), FieldJson("a", deeper)).message,
              HasSubstr("column 'a.x' changed its type"));
}

TEST(ChangesTest, RefusesARenamedColumnUnderColumnMapping) {
  FakeShare share;
  share.delta = true;
  share.configuration = R"({"delta.columnMapping.mode":"name"})";
  const auto named = [](const std::string& name) {
    return SchemaJson({FieldJson(name, Named("long"),
                                 R"({"delta.columnMapping.id":1,)"
                                 R"("delta.columnMapping.physicalName":"col-1"})")});
  };
  share.first_schema = named("v");
  share.schema = named("w");
  EXPECT_THAT(Refusal(share, FakeShare::ChangesFrom(0)).message,
              HasSubstr("column 'v' was renamed"));
}

TEST(ChangesTest, RefusesByName) {
  FakeShare share;
  ChangesRequest request = FakeShare::ChangesFrom(0);
  request.starting_version.reset();
  EXPECT_THAT(Refusal(share, request).message, HasSubstr("need a start"));
  request.starting_timestamp = "noon";
  EXPECT_EQ(Refusal(share, request).kind, ErrorKind::kInvalidArgument);
  request.starting_version = 3;
  EXPECT_THAT(Refusal(share, request).message, HasSubstr("exclude each other"));
  request = FakeShare::ChangesFrom(3);
  request.ending_version = 2;
  EXPECT_THAT(Refusal(share, request).message, HasSubstr("lies before"));
  request = FakeShare::ChangesFrom(-1);
  EXPECT_THAT(Refusal(share, request).message, HasSubstr("negative"));
  EXPECT_THAT(share.requests(), IsEmpty());

  share.schema = SchemaJson({FieldJson("_Change_Type", Named("long"))});
  EXPECT_THAT(Refusal(share, FakeShare::ChangesFrom(0)).message,
              HasSubstr("a column '_change_type' of its own"));
}

TEST(ChangesTest, AFileOfChangesMustSayItsTypes) {
  FakeShare share;
  share.changes = {{"cdf", 1, FileOfIds("c", 0, 1)}};
  const Error error = Refusal(share, FakeShare::ChangesFrom(0));
  EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
  EXPECT_THAT(error.message, HasSubstr("file c (of changes, version 1): column '_change_type'"));
}

TEST(ChangesTest, ALineWithoutItsVersionIsRefused) {
  FakeShare share;
  share.intercept = [&](const net::TestRequest& request, net::TestConnection& peer) {
    share.intercepted = request.target.find("/changes?") != std::string::npos;
    if (!share.intercepted) return;
    peer.Answer("200 OK",
                share.TableLines() +
                    R"({"add":{"id":"a","url":"http://h/a","partitionValues":{},"size":1}})",
                share.HeaderLines());
  };
  const Error error = Refusal(share, FakeShare::ChangesFrom(0));
  EXPECT_EQ(error.kind, ErrorKind::kMalformed);
  EXPECT_THAT(error.message, HasSubstr("file a without its version"));
}

TEST(ChangesTest, RenewsUrlsThatExpireAndFollowsAnAnswerThatBreaks) {
  FakeShare share;
  share.version = 40;
  share.first_change = 1;
  for (int version = 1; version <= 30; ++version) {
    share.changes.push_back({"add", version, FileOfIds("f" + std::to_string(version), version, 1)});
  }
  share.intercept = [&](const net::TestRequest& request, net::TestConnection& peer) {
    share.intercepted =
        request.target.find("/changes?") != std::string::npos && share.queries() == 1;
    if (!share.intercepted) return;
    const std::string body = share.ChangesAnswer();
    peer.Write("HTTP/1.1 200 OK\r\n" + share.HeaderLines(1) + "Content-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body.substr(0, body.size() / 2));
    peer.Close();
  };
  ClientOptions options;
  options.parallel_files = 1;
  options.memory_budget = 1;
  ChangesRequest request = FakeShare::ChangesFrom(0);
  request.starting_version.reset();
  request.starting_timestamp = "1970-01-01T00:00:01Z";
  const auto scan = share.Connect(options)->StartChanges(request);
  ASSERT_TRUE(scan) << scan.error().message;
  ASSERT_TRUE((*scan)->Next());
  EXPECT_EQ(share.queries(), 2);
  share.Expire();
  const auto rest = ReadAll(**scan);
  ASSERT_TRUE(rest) << rest.error().message;
  EXPECT_EQ((*rest)->num_rows(), 29);
  EXPECT_EQ(share.queries(), 3);
  for (const auto& seen : share.requests()) {
    if (seen.target.find("/changes?") == std::string::npos) continue;
    EXPECT_THAT(seen.target, HasSubstr("endingVersion=40"));
  }
}

TEST(ChangesTest, FollowsPages) {
  FakeShare share;
  share.changes = {{"add", 1, FileOfIds("a", 1, 1)}, {"add", 2, FileOfIds("b", 2, 1)}};
  share.intercept = [&](const net::TestRequest& request, net::TestConnection& peer) {
    share.intercepted = request.target.find("/changes?") != std::string::npos;
    if (!share.intercepted) return;
    const auto number = static_cast<std::size_t>(share.queries());
    std::string body = share.TableLines() + share.ChangeLine(share.changes[number - 1]);
    if (number < 2) body += R"({"endStreamAction":{"nextPageToken":"p1"}})";
    EXPECT_EQ(request.target.find("pageToken=p1") != std::string::npos, number > 1);
    peer.Answer("200 OK", body, share.HeaderLines(share.first_change));
  };
  EXPECT_THAT(LinesOf(share.Connect()->StartChanges(FakeShare::ChangesFrom(0))),
              ElementsAre("1 insert @1", "2 insert @2"));
}

}  // namespace
}  // namespace sluice::client
