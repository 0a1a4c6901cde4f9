// Client::StartScan of a range of versions: rows that commits added.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/deletion_vector_fixture.h"
#include "client/fake_share.h"
#include "predicate/sql_predicate.h"

namespace sluice::client {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ScanRequest AddedFrom(std::int64_t starting_version) {
  ScanRequest request = FakeShare::Request();
  request.starting_version = starting_version;
  return request;
}

ScanRequest SkippingFrom(std::int64_t starting_version) {
  ScanRequest request = AddedFrom(starting_version);
  request.skip_change_commits = true;
  return request;
}

std::vector<std::int64_t> IdsOf(const Result<std::shared_ptr<Scan>>& scan) {
  EXPECT_TRUE(scan) << scan.error().message;
  if (!scan) return {};
  const auto table = ReadAll(**scan);
  EXPECT_TRUE(table) << table.error().message;
  return table ? Ids(**table) : std::vector<std::int64_t>();
}

/// The same, split into as many tasks as there can be.
std::vector<std::int64_t> ReadByTasks(FakeShare* share, const ScanRequest& request) {
  const auto plan = share->Connect()->PlanScan(request, {1, 1});
  EXPECT_TRUE(plan) << plan.error().message;
  // Whoever reads them has to ask for URLs anew.
  share->Expire();
  std::vector<std::int64_t> ids;
  for (const PlannedTask& task : plan ? plan->tasks : std::vector<PlannedTask>()) {
    const auto some = IdsOf(share->Connect()->StartTask(task.bytes));
    ids.insert(ids.end(), some.begin(), some.end());
  }
  return ids;
}

std::vector<std::int64_t> Read(FakeShare* share, const ScanRequest& request) {
  const auto ids = IdsOf(share->Connect()->StartScan(request));
  if (!request.limit) {
    EXPECT_EQ(ReadByTasks(share, request), ids);
  }
  return ids;
}

/// What the scan ends with, after rows of these ids.
Error RefusalAfter(const FakeShare& share, const ScanRequest& request,
                   const std::vector<std::int64_t>& before) {
  const auto scan = share.Connect()->StartScan(request);
  if (!scan) {
    EXPECT_THAT(before, IsEmpty());
    return scan.error();
  }
  std::vector<std::int64_t> ids;
  for (;;) {
    const auto batch = (*scan)->Next();
    if (!batch) {
      EXPECT_EQ(ids, before);
      return batch.error();
    }
    if (*batch == nullptr) break;
    const auto some = Ids(*arrow::Table::FromRecordBatches({*batch}).ValueOrDie());
    ids.insert(ids.end(), some.begin(), some.end());
  }
  ADD_FAILURE() << "it was no error";
  return {};
}

TEST(AddedRowsTest, AreRowsOfTheTableInTheOrderOfVersions) {
  for (const bool delta : {false, true}) {
    FakeShare share;
    share.delta = delta;
    share.first_change = 1;
    share.changes = {{"add", 3, FileOfIds("c", 30, 2)},
                     {"add", 1, FileOfIds("a", 10, 2)},
                     {"add", 1, FileOfIds("b", 20, 1)}};
    const auto scan = share.Connect()->StartScan(AddedFrom(1));
    ASSERT_TRUE(scan) << scan.error().message;
    EXPECT_EQ((*scan)->table_version(), 3);
    EXPECT_EQ((*scan)->schema()->ToString(), "id: int64");
    EXPECT_EQ(Ids(**ReadAll(**scan)), (std::vector<std::int64_t>{10, 11, 20, 30, 31}));
    ASSERT_GE(share.requests().size(), 2U);
    EXPECT_THAT(share.requests()[0].target, EndsWith("/metadata"));
    EXPECT_EQ(share.requests()[1].body,
              R"({"startingVersion":1,"endingVersion":3,"includeHistoricalProtocol":true})");
    EXPECT_THAT(Read(&share, AddedFrom(1)), ElementsAre(10, 11, 20, 30, 31));
  }
}

TEST(AddedRowsTest, EndWithTheEndingVersion) {
  FakeShare share;
  share.version = 9;
  for (int version = 1; version < 6; ++version) {
    share.changes.push_back({"add", version, FileOfIds("f" + std::to_string(version), version, 1)});
  }
  ScanRequest request = AddedFrom(0);
  request.ending_version = 2;
  EXPECT_THAT(Read(&share, request), ElementsAre(1, 2));
  EXPECT_THAT(share.requests()[0].target, EndsWith("/metadata?version=2"));
}

TEST(AddedRowsTest, ACommitThatDoesMoreIsRefusedAsAWhole) {
  for (const char* kind : {"remove", "cdf"}) {
    FakeShare share;
    share.changes = {{"add", 1, FileOfIds("a", 10, 2)},
                     {"add", 2, FileOfIds("b", 20, 2)},
                     {kind, 2, FileOfIds("a", 10, 2)},
                     {"add", 3, FileOfIds("c", 30, 2)}};
    const Error error = RefusalAfter(share, AddedFrom(0), {10, 11});
    EXPECT_EQ(error.kind, ErrorKind::kUnsupported);
    EXPECT_THAT(error.message, HasSubstr("version 2 does not only add rows"));
    EXPECT_EQ(share.Connect()->PlanScan(AddedFrom(0), {}).error().kind, ErrorKind::kUnsupported);
    EXPECT_THAT(Read(&share, SkippingFrom(0)), ElementsAre(10, 11, 30, 31));
  }
}

TEST(AddedRowsTest, WhatOnlyMovedRowsIsPassedOver) {
  FakeShare share;
  share.delta = true;
  share.changes = {{"add", 1, FileOfIds("a", 10, 2)},
                   {"remove", 2, FileOfIds("a", 10, 2), "", false},
                   {"add", 2, FileOfIds("b", 10, 2), "", false}};
  EXPECT_THAT(Read(&share, AddedFrom(0)), ElementsAre(10, 11));
}

TEST(AddedRowsTest, RowsDeletedInTheFileDoNotCome) {
  FakeShare share;
  share.delta = true;
  share.blobs["v"] = VectorFileOf(VectorBitmap({0, 2}));
  share.changes = {{"add", 1, FileOfIds("a", 10, 4)}};
  share.changes[0].file.stats = R"({"numRecords":4})";
  share.changes[0].file.deletion_vector = VectorJson("v", {0, 2});
  EXPECT_THAT(Read(&share, AddedFrom(0)), ElementsAre(11, 13));

  // A new vector for the file is a commit that deletes.
  share.blobs["w"] = VectorFileOf(VectorBitmap({0, 1, 2}));
  FakeChange removed{"remove", 2, share.changes[0].file};
  FakeChange added{"add", 2, share.changes[0].file};
  added.file.deletion_vector = VectorJson("w", {0, 1, 2});
  share.changes.push_back(added);
  share.changes.push_back(removed);
  EXPECT_THAT(RefusalAfter(share, AddedFrom(0), {11, 13}).message, HasSubstr("version 2 does"));
  EXPECT_THAT(Read(&share, SkippingFrom(0)), ElementsAre(11, 13));
}

TEST(AddedRowsTest, FiltersSkipFilesAndLimitsCount) {
  FakeShare share;
  share.changes = {{"add", 1, FileOfIds("a", 0, 10)},
                   {"add", 2, FileOfIds("b", 10, 10)},
                   {"add", 3, FileOfIds("c", 20, 10)}};
  share.changes[1].file.stats = R"({"numRecords":10,"minValues":{"id":10},"maxValues":{"id":19}})";
  ScanRequest request = AddedFrom(0);
  request.filter = predicate::ParseSqlPredicate("id < 2 or id > 27");
  EXPECT_THAT(Read(&share, request), ElementsAre(0, 1, 28, 29));
  for (const auto& seen : share.requests()) EXPECT_THAT(seen.target, Not(HasSubstr("/b?")));
  request.limit = 3;
  EXPECT_THAT(Read(&share, request), ElementsAre(0, 1, 28));
  request = AddedFrom(0);
  request.limit = 12;
  EXPECT_EQ(Read(&share, request).size(), 12U);
  for (const auto& seen : share.requests()) EXPECT_THAT(seen.body, Not(HasSubstr("limitHint")));
}

TEST(AddedRowsTest, AFilterHidesNoCommitThatDoesMore) {
  FakeShare share;
  share.changes = {{"add", 1, FileOfIds("a", 0, 10)}, {"remove", 2, FileOfIds("b", 10, 10)}};
  share.changes[1].file.stats = R"({"numRecords":10,"minValues":{"id":10},"maxValues":{"id":19}})";
  ScanRequest request = AddedFrom(0);
  request.filter = predicate::ParseSqlPredicate("id < 2");
  EXPECT_THAT(RefusalAfter(share, request, {0, 1}).message, HasSubstr("version 2 does"));
}

TEST(AddedRowsTest, OlderFilesAreReadUnderTheSchemaOfTheEnd) {
  FakeShare share;
  share.delta = true;
  share.first_schema = SchemaJson({FieldJson("id", Named("long"))});
  share.schema = SchemaJson({FieldJson("id", Named("long")), FieldJson("later", Named("string"))});
  share.changes = {{"add", 1, FileOfIds("a", 7, 1)}, {"metaData", 2, {}, share.schema}};
  const auto scan = share.Connect()->StartScan(AddedFrom(0));
  ASSERT_TRUE(scan) << scan.error().message;
  EXPECT_EQ((*scan)->schema()->num_fields(), 2);
  EXPECT_EQ(Ids(**ReadAll(**scan)), std::vector<std::int64_t>{7});

  share.first_schema = SchemaJson({FieldJson("old", Named("long"))});
  EXPECT_THAT(RefusalAfter(share, AddedFrom(0), {}).message, HasSubstr("column 'old'"));
}

TEST(AddedRowsTest, AnAnswerThatBreaksIsFollowed) {
  FakeShare share;
  share.version = 30;
  share.first_change = 1;
  for (int version = 1; version <= 30; ++version) {
    share.changes.push_back({"add", version, FileOfIds("f" + std::to_string(version), version, 1)});
  }
  share.intercept = [&](const net::TestRequest& request, net::TestConnection& peer) {
    share.intercepted = request.target.ends_with("/query") && share.queries() == 1;
    if (!share.intercepted) return;
    const std::string body = share.ChangesAnswer();
    peer.Write("HTTP/1.1 200 OK\r\n" + share.HeaderLines(1) + "Content-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body.substr(0, body.size() / 2));
    peer.Close();
  };
  EXPECT_EQ(IdsOf(share.Connect()->StartScan(AddedFrom(1))).size(), 30U);
  EXPECT_EQ(share.queries(), 2);
}

TEST(AddedRowsTest, ContradictionsAreRefusedByName) {
  FakeShare share;
  const auto refusal = [&](const ScanRequest& request) {
    const auto scan = share.Connect()->StartScan(request);
    EXPECT_FALSE(scan);
    EXPECT_EQ(scan.error().kind, ErrorKind::kInvalidArgument);
    return scan.error().message;
  };
  ScanRequest request = AddedFrom(3);
  request.ending_version = 2;
  EXPECT_THAT(refusal(request), HasSubstr("ending version 2 lies before starting version 3"));
  request = AddedFrom(3);
  request.version = 3;
  EXPECT_THAT(refusal(request), HasSubstr("neither version nor timestamp"));
  request = AddedFrom(3);
  request.timestamp = "2024-01-01T00:00:00Z";
  EXPECT_THAT(refusal(request), HasSubstr("neither version nor timestamp"));
  request = AddedFrom(3);
  request.json_predicate_hints = "{}";
  EXPECT_THAT(refusal(request), HasSubstr("hints"));
  EXPECT_THAT(refusal(AddedFrom(-1)), HasSubstr("starting version -1 is negative"));
  request = FakeShare::Request();
  request.ending_version = 2;
  EXPECT_THAT(refusal(request), HasSubstr("an ending version needs a starting version"));
  request = FakeShare::Request();
  request.skip_change_commits = true;
  EXPECT_THAT(refusal(request), HasSubstr("skip_change_commits needs a starting version"));
  EXPECT_THAT(share.requests(), IsEmpty());
}

}  // namespace
}  // namespace sluice::client
