#include "delta/file_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delta/filter_test_util.h"
#include "predicate/json_predicate.h"
#include "predicate/sql_predicate.h"

namespace sluice::delta {
namespace {

/// A table of files with given statistics, asked with SQL. Answers: "all", "some" or "none" a file.
class FileFilterTest : public testing::Test {
 protected:
  void Add(std::string_view stats, std::vector<PartitionValue> partition = {}) {
    AddFile add;
    add.path = fmt::format("f{}", files_.size());
    add.size = 1;
    if (!stats.empty()) add.stats = std::string(stats);
    add.partition_values = std::move(partition);
    files_.push_back(std::move(add));
  }

  std::vector<std::string> Ask(std::string_view sql, FileFilterOptions options = {}) {
    return Ask(*predicate::ParseSqlPredicate(sql), options);
  }
  std::vector<std::string> Ask(const predicate::Expression& predicate, FileFilterOptions options) {
    const Snapshot snapshot(MakeParts(schema_, partition_columns_, files_, configuration_));
    const auto filter =
        FileFilter::Bind(predicate, snapshot.schema(), snapshot.metadata(), options);
    notes_ = filter.notes();
    std::vector<std::string> answers;
    const auto selections = SelectFiles(snapshot, filter, nullptr);
    for (std::size_t batch = 0; batch < selections.size(); ++batch) {
      for (std::int64_t row = 0; row < snapshot.batches()[batch].files->num_rows(); ++row) {
        const bool some = GetBit(selections[batch].some, row);
        const bool every = GetBit(selections[batch].every, row);
        answers.push_back(every ? "all" : some ? "some" : "none");
      }
    }
    return answers;
  }
  std::string Ask1(std::string_view sql, FileFilterOptions options = {}) {
    return Ask(sql, options).front();
  }

  std::string schema_ = SchemaJson({{"a", "long"}});
  std::vector<std::string> partition_columns_;
  std::vector<Option> configuration_;
  std::vector<AddFile> files_;
  std::vector<std::string> notes_;
};

using testing::ElementsAre;

std::string LongStats(std::int64_t min, std::int64_t max, int nulls = 0) {
  return fmt::format(
      R"({{"numRecords":10,"minValues":{{"a":{}}},"maxValues":{{"a":{}}},"nullCount":{{"a":{}}}}})",
      min, max, nulls);
}

TEST_F(FileFilterTest, JudgesComparisonsAllThreeWays) {
  Add(LongStats(2, 10));
  EXPECT_EQ(Ask1("a > 1"), "all");
  EXPECT_EQ(Ask1("a > 2"), "some");
  EXPECT_EQ(Ask1("a > 10"), "none");
  EXPECT_EQ(Ask1("a >= 2"), "all");
  EXPECT_EQ(Ask1("a >= 10"), "some");
  EXPECT_EQ(Ask1("a >= 11"), "none");
  EXPECT_EQ(Ask1("a < 11"), "all");
  EXPECT_EQ(Ask1("a < 10"), "some");
  EXPECT_EQ(Ask1("a < 2"), "none");
  EXPECT_EQ(Ask1("a <= 10"), "all");
  EXPECT_EQ(Ask1("a <= 2"), "some");
  EXPECT_EQ(Ask1("a <= 1"), "none");
  EXPECT_EQ(Ask1("a = 5"), "some");
  EXPECT_EQ(Ask1("a = 11"), "none");
  EXPECT_EQ(Ask1("a <> 11"), "all");
  EXPECT_EQ(Ask1("a <> 5"), "some");
  EXPECT_EQ(Ask1("a IN (0, 1, 11)"), "none");
  EXPECT_EQ(Ask1("a IN (0, 5)"), "some");
  EXPECT_EQ(Ask1("a BETWEEN 2 AND 10"), "all");
  EXPECT_EQ(Ask1("a <=> 5"), "some");
}

TEST_F(FileFilterTest, NotSwapsAllAndNone) {
  Add(LongStats(2, 10));
  // What another server gets wrong: some rows are below 7.
  EXPECT_EQ(Ask1("NOT (a >= 7)"), "some");
  EXPECT_EQ(Ask1("NOT (a >= 2)"), "none");
  EXPECT_EQ(Ask1("NOT (a > 10)"), "all");
  EXPECT_EQ(Ask1("NOT (a = 5)"), "some");
  EXPECT_EQ(Ask1("NOT (a > 1 AND a < 11)"), "none");
  EXPECT_EQ(Ask1("NOT (a < 2 OR a > 10)"), "all");
}

TEST_F(FileFilterTest, NullsAreNeitherTrueNorFalse) {
  Add(LongStats(2, 10, 3));
  EXPECT_EQ(Ask1("a > 1"), "some");
  EXPECT_EQ(Ask1("a IS NULL"), "some");
  EXPECT_EQ(Ask1("a IS NOT NULL"), "some");
  EXPECT_EQ(Ask1("a = NULL"), "none");
  EXPECT_EQ(Ask1("NOT (a = NULL)"), "none");
  EXPECT_EQ(Ask1("a NOT IN (11, NULL)"), "none");
  EXPECT_EQ(Ask1("a IN (5, NULL)"), "some");
  EXPECT_EQ(Ask1("a > 1 OR a IS NULL"), "some");
  EXPECT_EQ(Ask1("a <=> NULL"), "some");
  EXPECT_EQ(Ask1("NOT (a <=> 11)"), "all");
  files_.clear();
  Add(LongStats(2, 10));
  EXPECT_EQ(Ask1("a IS NULL"), "none");
  EXPECT_EQ(Ask1("a IS NOT NULL"), "all");
  EXPECT_EQ(Ask1("a <=> NULL"), "none");
  files_.clear();
  Add(R"({"numRecords":10,"minValues":{},"maxValues":{},"nullCount":{"a":10}})");
  EXPECT_EQ(Ask1("a IS NULL"), "all");
  EXPECT_EQ(Ask1("a IS NOT NULL"), "none");
  EXPECT_EQ(Ask1("a > 5"), "none");
  EXPECT_EQ(Ask1("NOT (a > 5)"), "none");
}

TEST_F(FileFilterTest, WhatStatisticsDoNotSayMayMatch) {
  Add("");
  Add("{}");
  Add("{");
  Add("null");
  Add(R"({"numRecords":null,"minValues":null,"maxValues":5,"nullCount":[]})");
  Add(R"({"numRecords":3,"minValues":{"a":"x"},"maxValues":{"a":1.5},"nullCount":{"a":"0"}})");
  Add(R"({"numRecords":3,"minValues":{"a":{"b":1}},"maxValues":{"a":null},"nullCount":{"a":-1}})");
  Add(LongStats(10, 2));
  Add(R"({"minValues":{"a":10},"maxValues":{"a":10}} x)");
  for (const char* sql : {"a = 5", "a > 5", "NOT (a > 5)", "a < 5", "a IS NULL", "a IS NOT NULL"}) {
    const auto answers = Ask(sql);
    // The reversed bounds have a count of nulls that is sound.
    for (std::size_t i = 0; i + 2 < answers.size(); ++i) EXPECT_EQ(answers[i], "some") << sql << i;
  }
  EXPECT_EQ(Ask("a = 5")[7], "some");
}

TEST_F(FileFilterTest, OneSideOfBoundsIsUsedAlone) {
  Add(R"({"numRecords":3,"minValues":{"a":5},"nullCount":{"a":0}})");
  EXPECT_EQ(Ask1("a < 5"), "none");
  EXPECT_EQ(Ask1("a >= 5"), "all");
  EXPECT_EQ(Ask1("a > 5"), "some");
}

TEST_F(FileFilterTest, CountsOfNullsThatAreWideAreReadWithCare) {
  Add(R"({"numRecords":10,"tightBounds":false,"minValues":{"a":1},"maxValues":{"a":2},"nullCount":{"a":3}})");
  EXPECT_EQ(Ask1("a IS NULL"), "some");
  EXPECT_EQ(Ask1("a < 5"), "some");
}

TEST_F(FileFilterTest, TextsMayBeCut) {
  schema_ = SchemaJson({{"s", "string"}});
  const std::string prefix(32, 'm');
  Add(fmt::format(
      R"({{"numRecords":3,"minValues":{{"s":"b"}},"maxValues":{{"s":"{}"}},"nullCount":{{"s":0}}}})",
      prefix));
  EXPECT_EQ(Ask1(fmt::format("s > '{}zzz'", prefix)), "some");
  EXPECT_EQ(Ask1("s > 'n'"), "none");
  EXPECT_EQ(Ask1("s < 'n'"), "all");
  EXPECT_EQ(Ask1("s < 'b'"), "none");
  EXPECT_EQ(Ask1("s LIKE 'mm%'"), "some");
  EXPECT_EQ(Ask1("s LIKE 'n%'"), "none");
  EXPECT_EQ(Ask1("s LIKE 'a%'"), "none");
  EXPECT_EQ(Ask1("s NOT LIKE 'n%'"), "all");
  files_.clear();
  Add(R"({"numRecords":3,"minValues":{"s":"abc"},"maxValues":{"s":"ab\u0064"},"nullCount":{"s":0}})");
  EXPECT_EQ(Ask1("s LIKE 'ab%'"), "all");
  EXPECT_EQ(Ask1("s NOT LIKE 'ab%'"), "none");
  EXPECT_EQ(Ask1("s LIKE '%'"), "all");
  EXPECT_EQ(Ask1("s = 'abd'"), "some");
  // By bytes: U+FFFD is before U+1F600.
  files_.clear();
  Add(R"({"numRecords":3,"minValues":{"s":"\uFFFD"},"maxValues":{"s":"\uD83D\uDE00"},"nullCount":{"s":0}})");
  EXPECT_EQ(Ask1("s >= '\xEF\xBF\xBD'"), "all");
  EXPECT_EQ(Ask1("s > 'z'"), "all");
}

TEST_F(FileFilterTest, CollatedTextsAreNotJudged) {
  schema_ = R"({"type":"struct","fields":[{"name":"s","type":"string","nullable":true,)"
            R"("metadata":{"__COLLATIONS":{"s":"icu.UNICODE_CI"}}}]})";
  Add(R"({"numRecords":3,"minValues":{"s":"a"},"maxValues":{"s":"b"},"nullCount":{"s":0}})");
  EXPECT_EQ(Ask1("s = 'A'"), "some");
  EXPECT_EQ(Ask1("s > 'z'"), "some");
  EXPECT_EQ(Ask1("s IS NULL"), "none");
}

TEST_F(FileFilterTest, TimestampsInStatisticsAreCutToMilliseconds) {
  schema_ = SchemaJson({{"t", "timestamp"}, {"n", "timestamp_ntz"}});
  Add(R"({"numRecords":3,"minValues":{"t":"2021-01-01T00:00:00.000Z","n":"2021-01-01T00:00:00.000"},)"
      R"("maxValues":{"t":"2021-01-02T00:00:00.000Z","n":"2021-01-02T00:00:00.000"},"nullCount":{"t":0,"n":0}})");
  EXPECT_EQ(Ask1("t > TIMESTAMP '2021-01-02T00:00:00.0005Z'"), "some");
  EXPECT_EQ(Ask1("t > TIMESTAMP '2021-01-02T00:00:00.003Z'"), "none");
  EXPECT_EQ(Ask1("t < TIMESTAMP '2020-12-31T23:59:59Z'"), "none");
  EXPECT_EQ(Ask1("t > TIMESTAMP '2021-01-02T01:00:00+01:00'"), "some");
  EXPECT_EQ(Ask1("t > TIMESTAMP '2021-01-02T01:00:00+00:00'"), "none");
  // Without an offset it is local to whoever asks.
  EXPECT_EQ(Ask1("t > TIMESTAMP '2021-01-02 12:00:00'"), "some");
  EXPECT_EQ(Ask1("t > '2021-01-03 00:00:00'"), "none");
  FileFilterOptions utc;
  utc.timestamps = {.utc = true, .exact = true};
  EXPECT_EQ(Ask1("t > TIMESTAMP '2021-01-02 12:00:00'", utc), "none");
  EXPECT_EQ(Ask1("n > TIMESTAMP_NTZ '2021-01-02 01:00:00'"), "none");
  EXPECT_EQ(Ask1("n > '2021-01-02 01:00:00'"), "none");
  EXPECT_EQ(Ask1("n > TIMESTAMP '2021-01-02T01:00:00Z'"), "some");
  EXPECT_EQ(Ask1("t > DATE '2021-01-02'"), "some");
  EXPECT_EQ(Ask1("t > DATE '2021-01-04'"), "none");
  EXPECT_EQ(Ask1("CAST(t AS DATE) = DATE '2021-01-03'"), "none");
  EXPECT_EQ(Ask1("CAST(t AS DATE) = DATE '2020-12-31'"), "some");
  EXPECT_EQ(Ask1("CAST(n AS DATE) = DATE '2020-12-31'"), "some");
  EXPECT_EQ(Ask1("CAST(n AS DATE) = DATE '2020-12-30'"), "none");
}

TEST_F(FileFilterTest, NumbersCompareAcrossTypes) {
  schema_ = SchemaJson({{"i", "integer"}, {"f", "float"}, {"d", "double"}, {"m", "decimal(10,2)"}});
  Add(R"({"numRecords":3,"minValues":{"i":2,"f":0.1,"d":1.5,"m":1.50},)"
      R"("maxValues":{"i":10,"f":0.1,"d":2.5,"m":12.25},"nullCount":{"i":0,"f":0,"d":0,"m":0}})");
  EXPECT_EQ(Ask1("i > 10.5"), "none");
  EXPECT_EQ(Ask1("i >= 1.5"), "all");
  EXPECT_EQ(Ask1("i = '11'"), "none");
  EXPECT_EQ(Ask1("i = '11x'"), "some");
  EXPECT_EQ(Ask1("i < 1e0"), "none");
  EXPECT_EQ(Ask1("i > 3000000000"), "none");
  EXPECT_EQ(Ask1("i < 99999999999999999999"), "some");
  EXPECT_EQ(Ask1("CAST(i AS bigint) = 11"), "none");
  EXPECT_EQ(Ask1("CAST(i AS tinyint) = 11"), "some");
  EXPECT_EQ(Ask1("CAST(i AS double) > 10.5D"), "none");
  EXPECT_EQ(Ask1("CAST(i AS decimal(12,2)) > 10.5"), "none");
  // A float of 0.1 is more than a double of 0.1, and in other engines the same.
  EXPECT_EQ(Ask1("f = 0.1"), "some");
  EXPECT_EQ(Ask1("f > 0.1"), "some");
  EXPECT_EQ(Ask1("f < 0.09"), "none");
  EXPECT_EQ(Ask1("d < 1.5"), "none");
  EXPECT_EQ(Ask1("d <= 1"), "none");
  EXPECT_EQ(Ask1("CAST(d AS float) < 1.5F"), "none");
  EXPECT_EQ(Ask1("m > 12.25"), "none");
  EXPECT_EQ(Ask1("m >= 12.245"), "some");
  EXPECT_EQ(Ask1("m < 1.5"), "none");
  EXPECT_EQ(Ask1("m >= 1.5"), "all");
  EXPECT_EQ(Ask1("m > 13"), "none");
  EXPECT_EQ(Ask1("m > 12.5e0"), "none");
  EXPECT_EQ(Ask1("m = true"), "some");
}

TEST_F(FileFilterTest, BoundsOfFloatsDoNotShowNaN) {
  schema_ = SchemaJson({{"d", "double"}});
  Add(R"({"numRecords":3,"minValues":{"d":1.0},"maxValues":{"d":2.0},"nullCount":{"d":0}})");
  Add(R"({"numRecords":3,"minValues":{"d":"NaN"},"maxValues":{"d":"NaN"},"nullCount":{"d":0}})");
  Add(R"({"numRecords":3,"minValues":{"d":"-Infinity"},"maxValues":{"d":"Infinity"},"nullCount":{"d":0}})");
  Add(R"({"numRecords":3,"minValues":{"d":0.0},"maxValues":{"d":-0.0},"nullCount":{"d":0}})");
  EXPECT_THAT(Ask("d > 5D"), ElementsAre("some", "some", "some", "some"));
  EXPECT_THAT(Ask("d < 1D"), ElementsAre("none", "some", "some", "some"));
  EXPECT_THAT(Ask("d = 3D"), ElementsAre("none", "some", "some", "none"));
  EXPECT_THAT(Ask("d = 0D"), ElementsAre("none", "some", "some", "some"));
  EXPECT_THAT(Ask("NOT (d <= 2D)"), ElementsAre("some", "some", "some", "some"));
  EXPECT_THAT(Ask("d < 5D"), ElementsAre("some", "some", "some", "some"));
}

TEST_F(FileFilterTest, WidenedColumnsHaveBoundsOfTheNarrowType) {
  schema_ = R"({"type":"struct","fields":[{"name":"d","type":"double","nullable":true,"metadata":)"
            R"({"delta.typeChanges":[{"fromType":"float","toType":"double"}]}},{"name":"n","type":)"
            R"("timestamp_ntz","nullable":true,"metadata":{"delta.typeChanges":[{}]}}]})";
  Add(R"({"numRecords":1,"minValues":{"d":0.1,"n":"2020-01-02"},"maxValues":{"d":0.1,"n":"2020-01-02"},"nullCount":{"d":0,"n":0}})");
  EXPECT_EQ(Ask1("d = 0.10000000149011612D"), "some");
  EXPECT_EQ(Ask1("d <= 0.1D"), "some");
  EXPECT_EQ(Ask1("d < 0.09D"), "none");
  EXPECT_EQ(Ask1("n = TIMESTAMP_NTZ '2020-01-02 00:00:00'"), "some");
  EXPECT_EQ(Ask1("n = TIMESTAMP_NTZ '2020-01-02 00:00:01'"), "none");
}

TEST_F(FileFilterTest, LargeDecimalsMayHaveGoneThroughADouble) {
  schema_ = SchemaJson({{"m", "decimal(30,2)"}});
  Add(R"({"numRecords":3,"minValues":{"m":1234567890123456800},"maxValues":{"m":"1234567890123456800.00"},"nullCount":{"m":0}})");
  EXPECT_EQ(Ask1("m = 1234567890123456789.12"), "some");
  EXPECT_EQ(Ask1("m > 1234567890223456789.12"), "none");
}

TEST_F(FileFilterTest, PartitionValuesAreTyped) {
  schema_ = SchemaJson({{"p", "integer"}, {"q", "string"}, {"a", "long"}});
  partition_columns_ = {"p", "q"};
  Add("", {{"p", "5"}, {"q", "10"}});
  Add("", {{"p", "10"}, {"q", ""}});
  Add("", {{"p", std::nullopt}, {"q", "x"}});
  Add("", {{"p", "five"}, {"q", "9"}});
  EXPECT_THAT(Ask("p = 5"), ElementsAre("all", "none", "none", "some"));
  EXPECT_THAT(Ask("p < 10"), ElementsAre("all", "none", "none", "some"));
  EXPECT_THAT(Ask("NOT (p = 5)"), ElementsAre("none", "all", "none", "some"));
  EXPECT_THAT(Ask("p IS NULL"), ElementsAre("none", "none", "all", "some"));
  EXPECT_THAT(Ask("p IS NOT NULL"), ElementsAre("all", "all", "none", "some"));
  EXPECT_THAT(Ask("q = '10'"), ElementsAre("all", "none", "none", "none"));
  EXPECT_THAT(Ask("q IS NULL"), ElementsAre("none", "all", "none", "none"));
  EXPECT_THAT(Ask("CAST(q AS int) > 9"), ElementsAre("all", "none", "some", "none"));
  EXPECT_THAT(Ask("p = 5 AND a = 1"), ElementsAre("some", "none", "none", "some"));
  EXPECT_THAT(Ask("p = 5 OR a = 1"), ElementsAre("all", "some", "some", "some"));
  EXPECT_THAT(Ask("p IN (10, 11)"), ElementsAre("none", "all", "none", "some"));
}

TEST_F(FileFilterTest, PartitionTimestampsMayBeOfAnyZone) {
  schema_ = SchemaJson({{"t", "timestamp"}, {"n", "timestamp_ntz"}, {"d", "date"}});
  partition_columns_ = {"t", "n", "d"};
  Add("", {{"t", "2021-01-02 00:00:00"}, {"n", "2021-01-02 00:00:00"}, {"d", "2021-01-02"}});
  Add("", {{"t", "2021-01-02T00:00:00.000000Z"}, {"n", std::nullopt}, {"d", "2021-01-03"}});
  EXPECT_THAT(Ask("t > TIMESTAMP '2021-01-02T01:00:00Z'"), ElementsAre("some", "none"));
  EXPECT_THAT(Ask("t > TIMESTAMP '2021-01-03T00:00:00Z'"), ElementsAre("none", "none"));
  EXPECT_THAT(Ask("n = '2021-01-02 00:00:01'"), ElementsAre("none", "none"));
  EXPECT_THAT(Ask("d = '2021-01-02'"), ElementsAre("all", "none"));
  EXPECT_THAT(Ask("d >= DATE '2021-01-03'"), ElementsAre("none", "all"));
}

TEST_F(FileFilterTest, NamesAreFoundWithoutCaseNestedAndMapped) {
  schema_ =
      R"({"type":"struct","fields":[{"name":"Outer","type":{"type":"struct","fields":[)"
      R"({"name":"In.ner","type":"long","nullable":true,"metadata":{"delta.columnMapping.id":2,)"
      R"("delta.columnMapping.physicalName":"col-2"}},{"name":"x","type":"long","nullable":true,)"
      R"("metadata":{"delta.columnMapping.id":3,"delta.columnMapping.physicalName":"col-3"}}]},)"
      R"("nullable":true,"metadata":{"delta.columnMapping.id":1,)"
      R"("delta.columnMapping.physicalName":"col-1"}}]})";
  configuration_ = {{"delta.columnMapping.mode", "name"}};
  Add(R"({"numRecords":3,"minValues":{"col-1":{"col-2":5,"\u0063ol-3":7}},)"
      R"("maxValues":{"col-1":{"col-3":8,"col-2":6}},"nullCount":{"col-1":{"col-2":0,"col-3":0}}})");
  EXPECT_EQ(Ask1("outer.`in.NER` < 5"), "none");
  EXPECT_EQ(Ask1("OUTER.X >= 7"), "all");
  EXPECT_EQ(Ask1("`outer.x` > 8"), "none");
  EXPECT_EQ(Ask1("outer.y > 8"), "some");
  EXPECT_THAT(notes_, ElementsAre("`outer`.`y` > 8: no such column"));
  EXPECT_EQ(Ask1("outer IS NULL"), "some");
  EXPECT_THAT(notes_, ElementsAre("`outer` IS NULL: there are no statistics of it"));
}

TEST_F(FileFilterTest, UnknownsWidenWhereTheyStand) {
  Add(LongStats(2, 10));
  EXPECT_EQ(Ask1("a > 10 AND year(t) = 2020"), "none");
  EXPECT_EQ(Ask1("a > 1 AND year(t) = 2020"), "some");
  EXPECT_EQ(Ask1("a > 10 OR year(t) = 2020"), "some");
  EXPECT_EQ(Ask1("a > 1 OR year(t) = 2020"), "all");
  EXPECT_EQ(Ask1("NOT (a > 1 OR year(t) = 2020)"), "none");
  EXPECT_EQ(Ask1("NOT (a > 1 AND year(t) = 2020)"), "some");
}

TEST_F(FileFilterTest, PartitionColumnsAlone) {
  schema_ = SchemaJson({{"p", "integer"}, {"a", "long"}});
  partition_columns_ = {"p"};
  Add(LongStats(2, 10), {{"p", "1"}});
  FileFilterOptions options;
  options.partition_columns_only = true;
  EXPECT_EQ(Ask1("a > 10", options), "some");
  EXPECT_EQ(Ask1("p > 1", options), "none");
  EXPECT_EQ(Ask1("a > 10"), "none");
}

TEST_F(FileFilterTest, TheNumberOfConditionsIsBounded) {
  Add(LongStats(2, 10));
  std::string sql = "a > 10";
  for (int i = 0; i < FileFilter::kMaxLeaves - 1; ++i) sql += " OR a > 10";
  EXPECT_EQ(Ask1(sql), "none");
  EXPECT_EQ(Ask1(sql + " OR a > 10"), "some");
}

TEST_F(FileFilterTest, TheNumberOfColumnsIsBounded) {
  std::vector<std::pair<std::string, std::string>> fields;
  std::string sql;
  for (std::size_t i = 0; i < FileFilter::kMaxColumns; ++i) {
    fields.emplace_back(fmt::format("c{}", i), "long");
    sql += fmt::format("c{} > 0 OR ", i);
  }
  fields.emplace_back("a", "long");
  schema_ = SchemaJson(fields);
  Add(LongStats(2, 10));
  EXPECT_EQ(Ask1("a > 10"), "none");
  EXPECT_EQ(Ask1(sql + "a > 1"), "some");
  EXPECT_THAT(notes_, ElementsAre("`a` > 1: too many columns before it"));
}

TEST_F(FileFilterTest, DeadFilesAreNotSelectedAndBoundsAreCharged) {
  for (int i = 0; i < 100; ++i) Add(LongStats(i, i));
  const Snapshot snapshot(MakeParts(schema_, {}, files_, {}));
  LiveBatch batch = snapshot.batches().front();
  auto live = std::make_shared<std::vector<std::uint8_t>>(13, 0);
  (*live)[7] = 0xFF;  // 56 to 63
  batch.live = live;
  const auto before = snapshot.memory_bytes();
  const auto filter = FileFilter::Bind(*predicate::ParseSqlPredicate("a >= 60"), snapshot.schema(),
                                       snapshot.metadata(), {});
  const auto selection = filter.Select(batch);
  EXPECT_EQ(CountBits(selection.some), 4);
  EXPECT_EQ(CountBits(selection.every), 4);
  EXPECT_GT(snapshot.memory_bytes(), before + 100 * 16);
  const auto after = snapshot.memory_bytes();
  filter.Select(batch);
  EXPECT_EQ(snapshot.memory_bytes(), after);
}

TEST_F(FileFilterTest, ASortedColumnSkipsAllThatItCould) {
  for (int i = 0; i < 1000; ++i) Add(LongStats(i * 10, i * 10 + 9));
  const auto answers = Ask("a >= 2505 AND a < 2530");
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const char* expected = i == 250 ? "some" : i == 251 || i == 252 ? "all" : "none";
    EXPECT_EQ(answers[i], expected) << i;
  }
}

}  // namespace
}  // namespace sluice::delta
