// Row filters against an oracle that judges one row of partition values at a time, and what they
// refuse.
#include "delta/partition_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <random>

#include "delta/filter_test_util.h"
#include "predicate/sql_literal.h"
#include "predicate/sql_predicate.h"

namespace sluice::delta {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A value that can be ordered; nothing for null. Numbers, days and microseconds; decimals as their
/// digits.
using Value = std::variant<std::int64_t, std::string>;
using Cell = std::optional<Value>;
/// SQL's true, false and null.
using Ternary = std::optional<bool>;

/// What a cell of a column may be, and how it is written in a log and in SQL.
struct TestColumn {
  std::string name;
  std::string type;
  std::vector<std::pair<Value, std::string>> values;  ///< The value, its text in a log.
  std::string before, after;                          ///< Around the text in SQL.
  bool quoted = true;
};

constexpr std::int64_t kSecond = 1'000'000;

const std::vector<TestColumn>& Columns() {
  static const std::vector<TestColumn> columns = {
      {"s",
       "string",
       {{"a", "a"},
        {"A", "A"},
        {"ab", "ab"},
        {"it's \\ 100%", "it's \\ 100%"},
        {"é\n", "é\n"},
        {"null", "null"},
        {"' OR true --", "' OR true --"}},
       "",
       ""},
      {"i", "integer", {{-3, "-3"}, {0, "0"}, {7, "7"}, {INT32_MAX, "2147483647"}}, "", "", false},
      {"l",
       "long",
       {{INT64_MIN, "-9223372036854775808"}, {1, "1"}, {INT64_MAX, "9223372036854775807"}},
       "",
       "L",
       false},
      {"b", "boolean", {{0, "false"}, {1, "true"}}, "", "", false},
      {"d",
       "date",
       {{-1, "1969-12-31"}, {0, "1970-01-01"}, {18993, "2022-01-01"}, {18994, "2022-01-02"}},
       "DATE ",
       ""},
      {"m",
       "decimal(10,2)",
       {{-150, "-1.50"}, {-150, "-1.5"}, {0, "0.00"}, {1234, "12.34"}, {1235, "12.35"}},
       "",
       "BD",
       false},
      {"n",
       "timestamp_ntz",
       {{0, "1970-01-01 00:00:00"},
        {kSecond, "1970-01-01 00:00:01"},
        {kSecond, "1970-01-01 00:00:01.000000"}},
       "TIMESTAMP_NTZ ",
       ""},
      {"t",
       "timestamp",
       {{0, "1970-01-01T00:00:00.000000Z"}, {5 * kSecond + 1, "1970-01-01T00:00:05.000001Z"}},
       "TIMESTAMP ",
       ""},
  };
  return columns;
}

int Order(const Value& a, const Value& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

using Row = std::vector<Cell>;
using Judge = std::function<Ternary(const Row&)>;

struct Condition {
  std::string sql;
  Judge judge;
};

/// A random table and random conditions on it.
class Maker {
 public:
  explicit Maker(unsigned seed) : engine_(seed) {}

  std::size_t Below(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(engine_);
  }

  AddFile FileOf(int number, Row* row) {
    AddFile file;
    file.path = fmt::format("f{}", number);
    for (const TestColumn& column : Columns()) {
      const std::size_t pick = Below(column.values.size() + 2);
      if (pick >= column.values.size()) {
        row->emplace_back();
        // Null is written in two ways, and may be left out.
        if (pick > column.values.size()) {
          file.partition_values.emplace_back(column.name, "");
        } else if (Below(2) == 0) {
          file.partition_values.emplace_back(column.name, std::nullopt);
        }
        continue;
      }
      row->emplace_back(column.values[pick].first);
      file.partition_values.emplace_back(column.name, column.values[pick].second);
    }
    return file;
  }

  Condition Tree(int depth) {
    const std::size_t kind = depth == 0 ? 9 : Below(6);
    if (kind == 0) {
      auto inner = std::make_shared<Condition>(Tree(depth - 1));
      return {"NOT (" + inner->sql + ")", [inner](const Row& row) -> Ternary {
                const Ternary value = inner->judge(row);
                if (!value) return std::nullopt;
                return !*value;
              }};
    }
    if (kind > 2) return Leaf();
    auto left = std::make_shared<Condition>(Tree(depth - 1));
    auto right = std::make_shared<Condition>(Tree(depth - 1));
    const bool is_and = kind == 1;
    return {fmt::format("({} {} {})", left->sql, is_and ? "AND" : "OR", right->sql),
            [left, right, is_and](const Row& row) -> Ternary {
              const Ternary a = left->judge(row);
              const Ternary b = right->judge(row);
              const bool decides = !is_and;
              if (a == decides || b == decides) return decides;
              if (!a || !b) return std::nullopt;
              return is_and;
            }};
  }

  const predicate::Properties& properties() const { return properties_; }

 private:
  /// A literal of the column, now and then as a property.
  std::string Literal(const TestColumn& column, std::size_t pick) {
    const std::string& text = column.values[pick].second;
    const bool as_text = column.type == "string" || column.type == "integer" ||
                         column.type == "date" || column.type == "boolean";
    if (as_text && Below(3) == 0) {
      const std::string key = fmt::format("{}{}", column.name, pick);
      properties_[key] = text;
      return fmt::format("current_recipient('{}')", key);
    }
    const std::string body = column.quoted ? predicate::QuoteSql(text) : text;
    return column.before + body + column.after;
  }

  Condition Leaf() {
    const std::size_t at = Below(Columns().size());
    const TestColumn& column = Columns()[at];
    const std::size_t pick = Below(column.values.size());
    const Value value = column.values[pick].first;
    switch (Below(4)) {
      case 0: {
        const bool negated = Below(2) == 0;
        return {
            fmt::format("{} IS {}NULL", column.name, negated ? "NOT " : ""),
            [at, negated](const Row& row) -> Ternary { return row[at].has_value() == negated; }};
      }
      case 1: {
        const std::size_t other = Below(column.values.size());
        const Value second = column.values[other].first;
        const bool with_null = Below(3) == 0;
        return {fmt::format("`{}` IN ({}, {}{})", column.name, Literal(column, pick),
                            Literal(column, other), with_null ? ", NULL" : ""),
                [=](const Row& row) -> Ternary {
                  if (!row[at]) return std::nullopt;
                  if (*row[at] == value || *row[at] == second) return true;
                  return with_null ? Ternary() : Ternary(false);
                }};
      }
      case 2:
        return {fmt::format("{} <=> {}", column.name, Literal(column, pick)),
                [=](const Row& row) -> Ternary { return row[at] && *row[at] == value; }};
      default:
        return Comparison(at, pick);
    }
  }

  Condition Comparison(std::size_t at, std::size_t pick) {
    static const std::vector<std::pair<std::string, std::function<bool(int)>>> operators = {
        {"=", [](int order) { return order == 0; }}, {"<>", [](int order) { return order != 0; }},
        {"<", [](int order) { return order < 0; }},  {"<=", [](int order) { return order <= 0; }},
        {">", [](int order) { return order > 0; }},  {">=", [](int order) { return order >= 0; }},
    };
    const TestColumn& column = Columns()[at];
    const auto& [sql, holds] = operators[Below(operators.size())];
    const Value value = column.values[pick].first;
    return {fmt::format("{} {} {}", column.name, sql, Literal(column, pick)),
            [=, holds = holds](const Row& row) -> Ternary {
              if (!row[at]) return std::nullopt;
              return holds(Order(*row[at], value));
            }};
  }

  std::mt19937 engine_;
  predicate::Properties properties_;
};

std::vector<std::string> PathsOf(const Snapshot& snapshot) {
  std::vector<std::string> paths;
  for (const LiveBatch& batch : snapshot.batches()) {
    for (std::int64_t row = 0; row < batch.files->num_rows(); ++row) {
      if (batch.IsLive(row)) paths.emplace_back(batch.files->Row(row).path);
    }
  }
  return paths;
}

SnapshotPtr TableOf(const std::vector<AddFile>& files) {
  std::vector<std::pair<std::string, std::string>> columns{{"x", "long"}};
  std::vector<std::string> partitions;
  for (const TestColumn& column : Columns()) {
    columns.emplace_back(column.name, column.type);
    partitions.push_back(column.name);
  }
  return std::make_shared<const Snapshot>(
      MakeParts(SchemaJson(columns), std::move(partitions), files, {}));
}

TEST(PartitionFilterProperty, ShowsExactlyTheFilesThatAnOracleShows) {
  std::int64_t shown_files = 0;
  std::int64_t all_files = 0;
  for (unsigned seed = 0; seed < 100; ++seed) {
    Maker maker(seed);
    std::vector<Row> rows(40);
    std::vector<AddFile> files;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      files.push_back(maker.FileOf(static_cast<int>(i), &rows[i]));
    }
    const SnapshotPtr table = TableOf(files);
    for (int round = 0; round < 10; ++round) {
      const Condition condition = maker.Tree(3);
      const auto filter = predicate::ParseRowFilter(condition.sql, maker.properties());
      ASSERT_TRUE(filter) << condition.sql << ": " << filter.error().message;
      const auto bound = PartitionFilter::Bind(**filter, table->metadata(), table->schema());
      ASSERT_TRUE(bound) << condition.sql << ": " << bound.error().message;
      const auto shown = bound->Apply(table, nullptr);
      ASSERT_TRUE(shown) << condition.sql << ": " << shown.error().message;
      std::vector<std::string> expected;
      PartitionJudge judge(&*bound);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool seen = condition.judge(rows[i]) == Ternary(true);
        if (seen) expected.push_back(files[i].path);
        // A file of a change is judged as one of the snapshot, the first time and the second.
        for (int again = 0; again < 2; ++again) {
          const auto one = judge.Shows(files[i].partition_values);
          ASSERT_TRUE(one) << condition.sql << ": " << one.error().message;
          EXPECT_EQ(*one, seen) << condition.sql << " for " << files[i].path;
        }
      }
      EXPECT_EQ(PathsOf(**shown), expected) << condition.sql << " with seed " << seed;
      EXPECT_EQ((*shown)->num_files(), static_cast<std::int64_t>(expected.size()));
      shown_files += (*shown)->num_files();
      all_files += table->num_files();
    }
  }
  // Neither side of the comparison is always empty.
  EXPECT_GT(shown_files, all_files / 10);
  EXPECT_LT(shown_files, all_files * 9 / 10);
}

class PartitionFilterTest : public testing::Test {
 protected:
  static SnapshotPtr Make(const std::vector<std::pair<std::string, std::string>>& columns,
                          std::vector<std::string> partitions, const std::string& value,
                          std::vector<Option> configuration = {}) {
    AddFile file;
    file.path = "a";
    file.size = 10;
    for (const auto& name : partitions) file.partition_values.emplace_back(name, value);
    return std::make_shared<const Snapshot>(
        MakeParts(SchemaJson(columns), std::move(partitions), {file}, std::move(configuration)));
  }
  static Result<SnapshotPtr> Apply(const SnapshotPtr& table, std::string_view sql,
                                   const predicate::Properties& properties = {}) {
    SLUICE_TRY(const auto filter, predicate::ParseRowFilter(sql, properties));
    SLUICE_TRY(const auto bound,
               PartitionFilter::Bind(*filter, table->metadata(), table->schema()));
    return bound.Apply(table, nullptr);
  }
  static std::string Refusal(const SnapshotPtr& table, std::string_view sql) {
    const auto shown = Apply(table, sql);
    EXPECT_FALSE(shown) << sql;
    if (shown) return "";
    EXPECT_EQ(shown.error().kind, ErrorKind::kDataMissing) << sql;
    return shown.error().message;
  }
};

TEST_F(PartitionFilterTest, RefusesWhatPartitionValuesDoNotDecide) {
  const SnapshotPtr table =
      Make({{"x", "long"}, {"p", "string"}, {"i", "integer"}}, {"p", "i"}, "1");
  EXPECT_THAT(Refusal(table, "x = 1"), HasSubstr("'x' is not a partition column"));
  EXPECT_THAT(Refusal(table, "p = '1' OR x = 1"), HasSubstr("'x' is not a partition column"));
  EXPECT_THAT(Refusal(table, "p = '1' AND gone IS NULL"), HasSubstr("no column 'gone'"));
  EXPECT_THAT(Refusal(table, "CAST(p AS INT) = 1"), HasSubstr("'p' is cast"));
  EXPECT_THAT(Refusal(table, "p = 1"), HasSubstr("does not fit the column's type"));
  EXPECT_THAT(Refusal(table, "i = 'one'"), HasSubstr("does not fit the column's type"));
  // Between two values of the column, and so neither one nor the other for certain.
  EXPECT_THAT(Refusal(table, "i < 1.5"), HasSubstr("file 'a' do not decide it"));
  EXPECT_TRUE(Apply(table, "P = '1' AND I = 1"));
}

TEST_F(PartitionFilterTest, RefusesTypesThatDoNotCompareExactly) {
  for (const char* type : {"float", "double", "binary"}) {
    EXPECT_THAT(Refusal(Make({{"x", "long"}, {"p", type}}, {"p"}, "1"), "p IS NOT NULL"),
                HasSubstr("do not compare exactly"))
        << type;
  }
  // A value that is none of its type, and one whose zone only its writer knew.
  EXPECT_THAT(Refusal(Make({{"x", "long"}, {"p", "integer"}}, {"p"}, "abc"), "p IS NOT NULL"),
              HasSubstr("do not decide"));
  EXPECT_THAT(Refusal(Make({{"x", "long"}, {"p", "timestamp"}}, {"p"}, "2020-01-01 00:00:00"),
                      "p = TIMESTAMP '2020-01-01T00:00:00Z'"),
              HasSubstr("do not decide"));
}

TEST_F(PartitionFilterTest, RefusesColumnMapping) {
  const std::string schema =
      R"({"type":"struct","fields":[{"name":"p","type":"string","nullable":true,"metadata":)"
      R"({"delta.columnMapping.id":1,"delta.columnMapping.physicalName":"c1"}}]})";
  const auto table = std::make_shared<const Snapshot>(
      MakeParts(schema, {"p"}, {}, {{"delta.columnMapping.mode", "name"}}));
  EXPECT_THAT(Refusal(table, "p = 'a'"), HasSubstr("column mapping"));
}

TEST_F(PartitionFilterTest, AMissingPropertyShowsNothing) {
  const SnapshotPtr table = Make({{"x", "long"}, {"p", "string"}}, {"p"}, "DE");
  const auto files = [&](std::string_view sql, const predicate::Properties& properties) {
    const auto shown = Apply(table, sql, properties);
    EXPECT_TRUE(shown) << sql;
    return shown ? (*shown)->num_files() : -1;
  };
  EXPECT_EQ(files("p = current_recipient('country')", {{"country", "DE"}}), 1);
  EXPECT_EQ(files("p = Current_Recipient('country')", {{"country", "de"}}), 0);
  for (const char* sql :
       {"p = current_recipient('country')", "p <> current_recipient('country')",
        "NOT (p <=> current_recipient('country'))",
        "p IS DISTINCT FROM current_recipient('country')",
        "p = 'DE' OR p = current_recipient('country')", "p LIKE current_recipient('country')"}) {
    EXPECT_EQ(files(sql, {}), 0) << sql;
    EXPECT_EQ(files(sql, {{"Country", "DE"}}), 0) << sql;
  }
}

TEST_F(PartitionFilterTest, TellsColumnsOfOtherVersionsApart) {
  const auto table = Make({{"x", "long"}, {"p", "string"}}, {"p"}, "DE");
  const auto filter = predicate::ParseRowFilter("p = 'DE'", {});
  ASSERT_TRUE(filter);
  const auto bound = PartitionFilter::Bind(**filter, table->metadata(), table->schema());
  ASSERT_TRUE(bound);
  const auto check = [&](const SnapshotPtr& other) {
    const auto same = bound->CheckMeansTheSame(other->metadata(), other->schema());
    return same ? std::string("same") : same.error().message;
  };
  EXPECT_EQ(check(table), "same");
  EXPECT_EQ(check(Make({{"p", "string"}, {"q", "long"}}, {"q", "p"}, "1")), "same");
  EXPECT_THAT(check(Make({{"x", "long"}, {"p", "string"}}, {"x"}, "1")), HasSubstr("'p' is not"));
  EXPECT_THAT(check(Make({{"x", "long"}, {"p", "long"}}, {"p"}, "1")), HasSubstr("another one"));
  EXPECT_THAT(check(Make({{"x", "long"}, {"P", "string"}}, {"P"}, "1")), HasSubstr("another one"));
  EXPECT_THAT(check(Make({{"x", "long"}}, {"x"}, "1")), HasSubstr("no column 'p'"));
}

TEST_F(PartitionFilterTest, KeepsTheSizeOfWhatIsShown) {
  std::vector<AddFile> files(2);
  files[0].path = "a";
  files[0].partition_values = {{"p", "DE"}};
  files[0].size = 10;
  files[1].path = "b";
  files[1].partition_values = {{"p", "FR"}};
  files[1].size = 7;
  const auto table = std::make_shared<const Snapshot>(
      MakeParts(SchemaJson({{"x", "long"}, {"p", "string"}}), {"p"}, files, {}));
  const auto shown = Apply(table, "p = 'FR'");
  ASSERT_TRUE(shown);
  EXPECT_THAT(PathsOf(**shown), ElementsAre("b"));
  EXPECT_EQ((*shown)->size_bytes(), 7);
  EXPECT_EQ(Apply(table, "true")->get(), table.get());
  EXPECT_EQ((*Apply(table, "false"))->num_files(), 0);
}

TEST(RowFilterText, RefusesWhatAHintWouldPassOver) {
  for (const char* sql :
       {"", "  ", "upper(p) = 'DE'", "p = 'DE' OR rand() < 2", "p LIKE '%E'", "p = q", "1 = 1",
        "p = 'DE", "p = 'DE' p", "current_recipient('a')", "current_recipient(a) = p",
        "current_recipient() = p", "current_recipient('a', 'b') = p", "p = 1 + 1", "(p = 'DE'",
        "p ILIKE 'de'"}) {
    EXPECT_FALSE(predicate::ParseRowFilter(sql, {{"a", "DE"}})) << sql;
  }
  // A hint knows no recipient.
  EXPECT_TRUE(predicate::ParseSqlPredicate("p = current_recipient('a')")->has_unknown());
}

}  // namespace
}  // namespace sluice::delta
