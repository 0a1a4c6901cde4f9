// Scans with a filter: from the request to the rows, and what need not be fetched for them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "client/deletion_vector_fixture.h"
#include "client/fake_share.h"
#include "predicate/sql_predicate.h"

namespace sluice::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ScanRequest Where(const std::string& sql) {
  ScanRequest request = FakeShare::Request();
  request.filter = predicate::ParseSqlPredicate(sql);
  return request;
}

std::vector<std::int64_t> IdsOf(const FakeShare& share, const ScanRequest& request) {
  const auto table = ReadAll(*share.Connect(), request);
  if (!table) {
    ADD_FAILURE() << table.error().message;
    return {};
  }
  return Ids(**table);
}

std::vector<std::string> FilesFetched(const FakeShare& share) {
  std::set<std::string> files;
  for (const auto& seen : share.requests()) {
    if (seen.target.starts_with("/files/")) {
      // Behind it is which signature it has.
      files.insert(seen.target.substr(0, seen.target.find('?')));
    }
  }
  return {files.begin(), files.end()};
}

/// The body of the last query.
std::string QueryBody(const FakeShare& share) {
  std::string body;
  for (const auto& seen : share.requests()) {
    if (seen.target.ends_with("/query")) body = seen.body;
  }
  return body;
}

TEST(FilteredScanTest, GivesTheRowsThatPass) {
  for (const bool delta : {false, true}) {
    FakeShare share;
    share.delta = delta;
    for (int i = 0; i < 5; ++i) {
      share.files.push_back(FileOfIds("f" + std::to_string(i), i * 100, 100, 30));
    }
    EXPECT_THAT(IdsOf(share, Where("id BETWEEN 198 AND 201")), ElementsAre(198, 199, 200, 201));
    EXPECT_THAT(IdsOf(share, Where("id < 0")), IsEmpty());
    EXPECT_THAT(IdsOf(share, Where("id >= 0")).size(), 500);
    ScanRequest limited = Where("id > 98 AND id <> 100");
    limited.limit = 3;
    EXPECT_THAT(IdsOf(share, limited), ElementsAre(99, 101, 102));
  }
}

TEST(FilteredScanTest, AColumnOfTheFilterNeedNotBeHandedOut) {
  FakeShare share;
  share.schema = SchemaJson({FieldJson("id", Named("long")), FieldJson("p", Named("string"))});
  share.partition_columns = R"(["p"])";
  share.files = {FileOfIds("f", 0, 4), FileOfIds("g", 4, 4)};
  share.files[0].partition_values = R"({"p":"x"})";
  share.files[1].partition_values = R"({"p":"y"})";
  ScanRequest request = Where("id IN (2, 3, 4) AND p >= 'x'");
  request.columns = {"p"};
  const auto table = ReadAll(*share.Connect(), request);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_TRUE((*table)->CombineChunks().ValueOrDie()->Equals(
      *JsonTable({{arrow::field("p", arrow::utf8()), R"(["x", "x", "y"])"}})))
      << (*table)->ToString();
}

TEST(FilteredScanTest, SkipsFilesByPartitionValuesAndStatistics) {
  FakeShare share;
  share.schema = SchemaJson({FieldJson("id", Named("long")), FieldJson("p", Named("integer"))});
  share.partition_columns = R"(["p"])";
  for (int i = 0; i < 4; ++i) {
    FakeFile file = FileOfIds(std::to_string(i), i * 10, 10);
    file.partition_values = fmt::format(R"({{"p":"{}"}})", i % 2);
    file.stats = fmt::format(
        R"({{"numRecords":10,"minValues":{{"id":{}}},"maxValues":{{"id":{}}},"nullCount":{{"id":0}}}})",
        i * 10, i * 10 + 9);
    share.files.push_back(std::move(file));
  }
  EXPECT_THAT(IdsOf(share, Where("p = 1 AND id < 12")), ElementsAre(10, 11));
  EXPECT_THAT(FilesFetched(share), ElementsAre("/files/0/1"));
}

TEST(FilteredScanTest, APartitionColumnAloneNeedsNoFile) {
  FakeShare share;
  share.schema = SchemaJson({FieldJson("id", Named("long")), FieldJson("p", Named("integer"))});
  share.partition_columns = R"(["p"])";
  share.files = {FileOfIds("f", 0, 2), FileOfIds("g", 2, 3)};
  share.files[0].partition_values = R"({"p":"1"})";
  share.files[0].stats = R"({"numRecords":2})";
  share.files[1].partition_values = R"({"p":null})";
  share.files[1].stats = R"({"numRecords":3})";
  ScanRequest request = Where("p IS NULL OR p > 5");
  request.columns = {"p"};
  const auto table = ReadAll(*share.Connect(), request);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ((*table)->num_rows(), 3);
  EXPECT_THAT(FilesFetched(share), IsEmpty());
}

TEST(FilteredScanTest, DropsDeletedRowsToo) {
  FakeShare share;
  share.delta = true;
  share.files = {FileOfIds("f", 0, 50, 20)};
  share.blobs["v"] = VectorFileOf(VectorBitmap({1, 2, 30}));
  share.files[0].deletion_vector = VectorJson("v", {1, 2, 30});
  EXPECT_THAT(IdsOf(share, Where("id <= 3 OR id BETWEEN 29 AND 31")), ElementsAre(0, 3, 29, 31));
}

TEST(FilteredScanTest, TellsTheServerWhatItMaySkip) {
  FakeShare share;
  share.schema = SchemaJson({FieldJson("id", Named("long")), FieldJson("x", Named("double"))});
  share.files = {FileOfIds("f", 0, 2)};
  ScanRequest request = Where("id >= 1 AND (x IS NULL OR x > 5)");
  request.limit = 1;
  EXPECT_THAT(IdsOf(share, request), ElementsAre(1));
  const std::string body = QueryBody(share);
  EXPECT_THAT(body, HasSubstr(R"~("predicateHints":["`id` >= 1","(`x` IS NULL OR `x` > 5)"])~"));
  EXPECT_THAT(body, HasSubstr(R"(\"op\":\"greaterThanOrEqual\")"));
  EXPECT_THAT(body, HasSubstr(R"(\"valueType\":\"long\")"));
  // Servers that compare without NaN, or without knowing of nulls, would skip too much.
  EXPECT_THAT(body, Not(HasSubstr(R"(\"name\":\"x\")")));
  // The first rows of the table are not those of the filter.
  EXPECT_THAT(body, Not(HasSubstr("limitHint")));
}

TEST(FilteredScanTest, RefusesByNameBeforeAFileIsRead) {
  FakeShare share;
  share.files = {FileOfIds("f", 0, 2)};
  const auto refusal = [&](const std::string& sql) {
    const auto scan = share.Connect()->StartScan(Where(sql));
    return scan ? Error{} : scan.error();
  };
  EXPECT_EQ(refusal("nope = 1").kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(refusal("nope = 1").message, HasSubstr("`nope` = 1: no such column; there are id"));
  EXPECT_EQ(refusal("abs(id) = 1").kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(refusal("id LIKE '1%'").kind, ErrorKind::kUnsupported);
  EXPECT_THAT(FilesFetched(share), IsEmpty());
}

TEST(FilteredScanTest, FiltersChangesByTheirOwnColumnsToo) {
  FakeShare share;
  share.changes = {{"add", 1, FileOfIds("a", 0, 3)}, {"remove", 3, FileOfIds("a", 0, 3)}};
  ChangesRequest request = FakeShare::ChangesFrom(1);
  request.filter = predicate::ParseSqlPredicate("_change_type = 'delete' AND id > 0");
  const auto scan = share.Connect()->StartChanges(request);
  ASSERT_TRUE(scan) << scan.error().message;
  const auto table = ReadAll(**scan);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_THAT(Ids(**table), ElementsAre(1, 2));
}

}  // namespace
}  // namespace sluice::client
