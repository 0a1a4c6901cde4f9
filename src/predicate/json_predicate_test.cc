#include "predicate/json_predicate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "predicate/sql_predicate.h"

namespace sluice::predicate {
namespace {

std::string Read(std::string_view json) {
  return ToSql(*ParseJsonPredicate(json));
}

std::string Binary(std::string_view op, std::string_view value, std::string_view type) {
  return std::string(R"({"op":")") + std::string(op) +
         R"(","children":[{"op":"column","name":"c","valueType":")" + std::string(type) +
         R"("},{"op":"literal","value":")" + std::string(value) + R"(","valueType":")" +
         std::string(type) + R"("}]})";
}

TEST(JsonPredicateTest, ReadsEveryOpAndTypeOfTheProtocol) {
  EXPECT_EQ(Read(Binary("equal", "5", "int")), "CAST(`c` AS int) = 5");
  EXPECT_EQ(Read(Binary("lessThan", "5", "long")), "CAST(`c` AS bigint) < 5L");
  EXPECT_EQ(Read(Binary("lessThanOrEqual", "a'b", "string")), R"(CAST(`c` AS string) <= 'a\'b')");
  EXPECT_EQ(Read(Binary("greaterThan", "2021-04-29", "date")),
            "CAST(`c` AS date) > DATE '2021-04-29'");
  EXPECT_EQ(Read(Binary("greaterThanOrEqual", "true", "bool")), "CAST(`c` AS boolean) >= true");
  EXPECT_EQ(Read(Binary("equal", "1.5", "float")), "CAST(`c` AS float) = 1.5F");
  EXPECT_EQ(Read(Binary("equal", "1e0", "double")), "CAST(`c` AS double) = 1e0");
  EXPECT_EQ(Read(Binary("equal", "2021-04-28T23:33:48Z", "timestamp")),
            "CAST(`c` AS timestamp) = TIMESTAMP '2021-04-28T23:33:48Z'");
}

TEST(JsonPredicateTest, ReadsTheProtocolsExamples) {
  EXPECT_EQ(Read(R"({"op":"and","children":[
      {"op":"equal","children":[{"op":"column","name":"hireDate","valueType":"date"},
                                {"op":"literal","value":"2021-04-29","valueType":"date"}]},
      {"op":"lessThan","children":[{"op":"column","name":"id","valueType":"int"},
                                   {"op":"literal","value":"25","valueType":"int"}]}]})"),
            "(CAST(`hireDate` AS date) = DATE '2021-04-29' AND CAST(`id` AS int) < 25)");
  EXPECT_EQ(Read(R"({"op": "not","children": [{"op": "isNull","children":[
      {"op": "column", "name":"id", "valueType":"int"},]}]})"),
            "(NOT CAST(`id` AS int) IS NULL)");
}

TEST(JsonPredicateTest, ALiteralMayStandFirst) {
  EXPECT_EQ(Read(R"({"op":"lessThan","children":[{"op":"literal","value":"5","valueType":"int"},
      {"op":"column","name":"c","valueType":"int"}]})"),
            "CAST(`c` AS int) > 5");
}

TEST(JsonPredicateTest, ColumnsAndLiteralsAreConditions) {
  EXPECT_EQ(Read(R"({"op":"column","name":"b","valueType":"bool"})"),
            "CAST(`b` AS boolean) = true");
  EXPECT_EQ(Read(R"({"op":"literal","value":"False","valueType":"bool"})"), "false");
  EXPECT_TRUE(ParseJsonPredicate(R"({"op":"column","name":"b","valueType":"int"})")->has_unknown());
}

TEST(JsonPredicateTest, ReadsTheExtensions) {
  EXPECT_EQ(Read(R"({"op":"in","children":[{"op":"column","name":"c"},
      {"op":"literal","value":1,"valueType":"int"},{"op":"literal","value":null}]})"),
            "`c` IN (1, NULL)");
  EXPECT_EQ(Read(R"({"op":"startsWith","children":[{"op":"column","name":"c"},
      {"op":"literal","value":"ab"}]})"),
            "startswith(`c`, 'ab')");
  EXPECT_EQ(Read(R"x({"op":"nullSafeEqual","children":[{"op":"column","name":"c"},
      {"op":"literal","value":"1.50","valueType":"decimal(5,2)"}]})x"),
            "`c` <=> CAST('1.50' AS decimal(5,2))");
  EXPECT_EQ(Read(R"({"op":"notEqual","children":[{"op":"column","name":"c","valueType":"short"},
      {"op":"literal","value":"3"}]})"),
            "CAST(`c` AS smallint) <> 3S");
}

TEST(JsonPredicateTest, WidensWhatItDoesNotUnderstandWhereItStands) {
  const std::string partly = R"({"op":"and","children":[{"op":"matches","children":[]},)" +
                             Binary("equal", "5", "int") + "]}";
  const auto expression = ParseJsonPredicate(partly);
  EXPECT_TRUE(Equal(*expression->children()[1], *ParseSqlPredicate("CAST(c AS int) = 5")));
  EXPECT_THAT(UnknownReasons(*expression), testing::ElementsAre("no such op: 'matches'"));
  const std::vector<std::string> nothing = {
      "[",
      "[]",
      "{}",
      "not json",
      R"(["string"])",
      R"({"op":"equal"})",
      R"({"op":"equal","children":[]})",
      R"({"op":"and","children":[]})",
      R"({"op":"isNull","children":[{"op":"and","children":[]}]})",
      R"({"op":"column","valueType":"bool"})",
      R"({"op":"isNull","children":[{"op":"literal","value":"null"}]})",
      Binary("equal", "5", "struct"),
      Binary("equal", "5", R"(Int\u0000)"),
      "{" + std::string(1'100'000, ' '),
  };
  for (const std::string& json : nothing) {
    EXPECT_EQ(ParseJsonPredicate(json)->kind(), Expression::Kind::kUnknown) << json.substr(0, 80);
  }
  const auto mixed = ParseJsonPredicate(
      R"({"op":"equal","children":[{"op":"column","name":"c","valueType":"int"},
          {"op":"literal","value":"5","valueType":"long"}]})");
  EXPECT_THAT(UnknownReasons(*mixed), testing::ElementsAre("int is compared with bigint"));
}

TEST(JsonPredicateTest, NoHintIsTrue) {
  EXPECT_EQ(Read(""), "true");
  EXPECT_EQ(Read(" \n"), "true");
}

TEST(JsonPredicateTest, DepthIsBounded) {
  const auto nested = [](int levels) {
    std::string json;
    for (int i = 0; i < levels; ++i) json += R"({"op":"not","children":[)";
    json += Binary("equal", "5", "int");
    for (int i = 0; i < levels; ++i) json += "]}";
    return json;
  };
  EXPECT_FALSE(ParseJsonPredicate(nested(98))->has_unknown());
  EXPECT_TRUE(ParseJsonPredicate(nested(100))->has_unknown());
  EXPECT_TRUE(ParseJsonPredicate(nested(100'000))->has_unknown());
}

std::string Hint(std::string_view sql, const ColumnTypes& types = {}) {
  const auto json = ToJsonHint(*ParseSqlPredicate(sql), types);
  return json ? ToSql(*ParseJsonPredicate(*json)) : "";
}

TEST(JsonHintTest, SaysWhatTheProtocolCan) {
  EXPECT_EQ(*ToJsonHint(*ParseSqlPredicate("a = 5"), {}),
            R"({"op":"equal","children":[{"op":"column","name":"a","valueType":"int"},)"
            R"({"op":"literal","value":"5","valueType":"int"}]})");
  EXPECT_EQ(Hint("a IN (1, 2) AND b >= 'x'"),
            "((CAST(`a` AS int) = 1 OR CAST(`a` AS int) = 2) AND CAST(`b` AS string) >= 'x')");
  EXPECT_EQ(Hint("NOT (a < 5 OR b = 'x')"),
            "(CAST(`a` AS int) >= 5 AND (CAST(`b` AS string) < 'x' OR CAST(`b` AS string) > 'x'))");
  EXPECT_EQ(Hint("b LIKE 'ab%'"), "CAST(`b` AS string) >= 'ab'");
  EXPECT_EQ(Hint("a <=> 5"), "CAST(`a` AS int) = 5");
}

TEST(JsonHintTest, WidensTheRest) {
  EXPECT_EQ(Hint("a = 5 AND year(t) = 2020"), "CAST(`a` AS int) = 5");
  EXPECT_EQ(Hint("a = 5 OR year(t) = 2020"), "");
  EXPECT_EQ(Hint("NOT (a = 5 AND year(t) = 2020)"), "");
  EXPECT_EQ(Hint("a IS NULL"), "");
  EXPECT_EQ(Hint("NOT (a <=> 5)"), "");
  EXPECT_EQ(Hint("s.a = 5"), "");
  EXPECT_EQ(Hint("a = 1.5BD"), "");
}

TEST(JsonHintTest, TypesAreTheColumns) {
  const ColumnTypes types = [](const Column& column) -> std::optional<ValueType> {
    if (column.path.front() == "l") return ValueType{ValueType::Kind::kLong};
    if (column.path.front() == "d") return ValueType{ValueType::Kind::kDate};
    return std::nullopt;
  };
  EXPECT_EQ(Hint("l = 5", types), "CAST(`l` AS bigint) = 5L");
  EXPECT_EQ(Hint("d > '2020-01-01'", types), "CAST(`d` AS date) > DATE '2020-01-01'");
  EXPECT_EQ(Hint("l = 'x'", types), "");
  EXPECT_EQ(Hint("missing = 5", types), "");
}

}  // namespace
}  // namespace sluice::predicate
