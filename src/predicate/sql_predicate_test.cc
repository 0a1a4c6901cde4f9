#include "predicate/sql_predicate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::predicate {
namespace {

std::string Read(std::string_view sql) {
  return ToSql(*ParseSqlPredicate(sql));
}

TEST(SqlPredicateTest, ReadsTheProtocolsExamples) {
  EXPECT_EQ(Read("col = 123"), "`col` = 123");
  EXPECT_EQ(Read("col > 'foo'"), "`col` > 'foo'");
  EXPECT_EQ(Read("'foo' < col"), "`col` > 'foo'");
  EXPECT_EQ(Read("123 <= col"), "`col` >= 123");
  EXPECT_EQ(Read("col <> 'foo'"), "`col` <> 'foo'");
  EXPECT_EQ(Read("col IS NULL"), "`col` IS NULL");
  EXPECT_EQ(Read("col is not null"), "(NOT `col` IS NULL)");
  EXPECT_EQ(Read("date >= '2021-01-01'"), "`date` >= '2021-01-01'");
}

TEST(SqlPredicateTest, PrecedenceIsSqls) {
  EXPECT_EQ(Read("a = 1 OR b = 2 AND NOT c = 3"), "(`a` = 1 OR (`b` = 2 AND (NOT `c` = 3)))");
  EXPECT_EQ(Read("(a = 1 OR b = 2) AND c = 3"), "((`a` = 1 OR `b` = 2) AND `c` = 3)");
  EXPECT_EQ(Read("a = 1 AND (b = 2 AND c = 3)"), "(`a` = 1 AND `b` = 2 AND `c` = 3)");
  EXPECT_EQ(Read("NOT a BETWEEN 1 AND 2 AND b"), "((NOT (`a` >= 1 AND `a` <= 2)) AND `b` = true)");
  EXPECT_EQ(Read("! a"), "(NOT `a` = true)");
}

TEST(SqlPredicateTest, ReadsEveryPredicate) {
  EXPECT_EQ(Read("a IN (1, 2, NULL)"), "`a` IN (1, 2, NULL)");
  EXPECT_EQ(Read("a NOT IN ('x')"), "(NOT `a` IN ('x'))");
  EXPECT_EQ(Read("a NOT BETWEEN 1 AND 2"), "(NOT (`a` >= 1 AND `a` <= 2))");
  EXPECT_EQ(Read("5 BETWEEN a AND b"), "(`a` <= 5 AND `b` >= 5)");
  EXPECT_EQ(Read("a <=> NULL"), "`a` <=> NULL");
  EXPECT_EQ(Read("a IS DISTINCT FROM 3"), "(NOT `a` <=> 3)");
  EXPECT_EQ(Read("a IS NOT DISTINCT FROM 3"), "`a` <=> 3");
  EXPECT_EQ(Read("b IS TRUE"), "`b` <=> true");
  EXPECT_EQ(Read("b IS NOT FALSE"), "(NOT `b` <=> false)");
  EXPECT_EQ(Read("startswith(a, 'x')"), "startswith(`a`, 'x')");
  EXPECT_EQ(Read("a == 1"), "`a` = 1");
  EXPECT_EQ(Read("a != 1"), "`a` <> 1");
}

TEST(SqlPredicateTest, LikeIsAPrefix) {
  EXPECT_EQ(Read("a LIKE 'ab%'"), "startswith(`a`, 'ab')");
  EXPECT_EQ(Read("a NOT LIKE 'ab%'"), "(NOT startswith(`a`, 'ab'))");
  EXPECT_EQ(Read("a LIKE 'ab'"), "`a` = 'ab'");
  EXPECT_EQ(Read(R"(a LIKE 'a\_b\%%')"), "startswith(`a`, 'a_b%')");
  EXPECT_EQ(Read("a LIKE 'a/_b%' ESCAPE '/'"), "startswith(`a`, 'a_b')");
  EXPECT_EQ(Read("a LIKE 'a%b'"),
            "(startswith(`a`, 'a') AND unknown('LIKE with a wildcard before its end'))");
  EXPECT_EQ(Read("a LIKE 'a_'"),
            "(startswith(`a`, 'a') AND unknown('LIKE with a wildcard before its end'))");
  EXPECT_TRUE(ParseSqlPredicate(R"(a LIKE 'a\\bc')")->has_unknown());
  EXPECT_TRUE(ParseSqlPredicate("a LIKE ANY ('a%', 'b%')")->has_unknown());
}

TEST(SqlPredicateTest, ReadsLiteralsOfEveryType) {
  EXPECT_EQ(Read("a = -5"), "`a` = -5");
  EXPECT_EQ(Read("a = 3000000000"), "`a` = 3000000000");
  EXPECT_EQ(ParseSqlPredicate("a = 3000000000")->literals()[0].type.kind, ValueType::Kind::kLong);
  EXPECT_EQ(ParseSqlPredicate("a = -2147483648")->literals()[0].type.kind, ValueType::Kind::kInt);
  EXPECT_EQ(ParseSqlPredicate("a = 99999999999999999999")->literals()[0].type.kind,
            ValueType::Kind::kDecimal);
  EXPECT_EQ(ParseSqlPredicate("a = 1.5")->literals()[0].type.kind, ValueType::Kind::kDecimal);
  EXPECT_EQ(ParseSqlPredicate("a = .5e-3")->literals()[0],
            (Literal{".5e-3", {ValueType::Kind::kDouble}}));
  EXPECT_EQ(ParseSqlPredicate("a = 7L")->literals()[0], (Literal{"7", {ValueType::Kind::kLong}}));
  EXPECT_EQ(ParseSqlPredicate("a = 1.5F")->literals()[0],
            (Literal{"1.5", {ValueType::Kind::kFloat}}));
  EXPECT_EQ(Read("a = DATE '2020-01-02'"), "`a` = DATE '2020-01-02'");
  EXPECT_EQ(Read("a = timestamp'2020-01-02 03:04:05'"), "`a` = TIMESTAMP '2020-01-02 03:04:05'");
  EXPECT_EQ(Read("a = TIMESTAMP_NTZ '2020-01-02'"), "`a` = TIMESTAMP_NTZ '2020-01-02'");
  EXPECT_EQ(Read("a = X'0aFF'"), "`a` = X'0aff'");
  EXPECT_EQ(Read("a = true"), "`a` = true");
  EXPECT_EQ(ParseSqlPredicate("a = 5x")->kind(), Expression::Kind::kUnknown);
}

TEST(SqlPredicateTest, ReadsStringsAsSparkDoes) {
  const auto text = [](std::string_view sql) {
    return *ParseSqlPredicate(sql)->literals()[0].text;
  };
  EXPECT_EQ(text(R"(a = 'it\'s')"), "it's");
  EXPECT_EQ(text("a = 'it''s'"), "it's");
  EXPECT_EQ(text(R"(a = "x'y")"), "x'y");
  EXPECT_EQ(text(R"(a = 'a' 'b')"), "ab");
  EXPECT_EQ(text(R"(a = '\n\t\\\0')"), std::string("\n\t\\\0", 4));
  EXPECT_EQ(text(R"(a = 'caf\u00e9 \uD83D\uDE00 \101')"), "caf\xC3\xA9 \xF0\x9F\x98\x80 A");
  EXPECT_EQ(text(R"(a = r'\n')"), R"(\n)");
  EXPECT_EQ(text("a = 'ü'"), "ü");
}

TEST(SqlPredicateTest, ReadsNames) {
  EXPECT_EQ(ParseSqlPredicate("a.b.c = 1")->column().path,
            (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(ParseSqlPredicate("`a.b`.`c``d` = 1")->column().path,
            (std::vector<std::string>{"a.b", "c`d"}));
  EXPECT_EQ(ParseSqlPredicate("größe = 1")->column().path, std::vector<std::string>{"größe"});
}

TEST(SqlPredicateTest, ReadsCasts) {
  EXPECT_EQ(Read("CAST(a AS date) = DATE '2020-01-01'"), "CAST(`a` AS date) = DATE '2020-01-01'");
  EXPECT_EQ(Read("a::decimal(10, 2) > 5"), "CAST(`a` AS decimal(10,2)) > 5");
  EXPECT_EQ(Read("a = CAST('2020-01-01' AS DATE)"), "`a` = DATE '2020-01-01'");
  EXPECT_EQ(Read("a = CAST(5 AS bigint)"), "`a` = 5L");
  EXPECT_TRUE(ParseSqlPredicate("CAST(CAST(a AS int) AS string) = '5'")->has_unknown());
  EXPECT_TRUE(ParseSqlPredicate("CAST(a AS array<int>) = 5")->has_unknown());
  EXPECT_TRUE(ParseSqlPredicate("a = CAST(1.50 AS string)")->has_unknown());
}

TEST(SqlPredicateTest, WidensWhatItDoesNotUnderstandWhereItStands) {
  EXPECT_EQ(Read("a = 1 AND year(t) = 2020"), "(`a` = 1 AND unknown('year() is not evaluated'))");
  EXPECT_EQ(Read("a + 1 > 5 AND b = 2"), "(unknown('\\'+\\' is not calculated') AND `b` = 2)");
  EXPECT_EQ(Read("a = b AND c = 2"), "(unknown('two columns are compared') AND `c` = 2)");
  EXPECT_EQ(Read("1 = 1"), "unknown('two literals are compared')");
  EXPECT_EQ(Read("a RLIKE 'x' AND b = 2"), "(unknown('RLIKE is not evaluated') AND `b` = 2)");
  EXPECT_EQ(Read("a IN (1, b)"), "(unknown('two columns are compared') OR `a` IN (1))");
}

TEST(SqlPredicateTest, WidensASyntaxError) {
  EXPECT_EQ(Read("a ="), "unknown('expected a column or a literal, not the end')");
  EXPECT_EQ(Read("a = 1 b"), "unknown('expected an operator or the end, not \\'b\\' at offset 6')");
  for (const char* sql : {"a = 'x", "(a = 1", "a IN ()", "`a = 1", "a = 1)", "= 1", "a BETWEEN 1",
                          "AND", "a NOT", "a = 1 /* x", "count(*) > 1", "a = \x01", "a IS 5",
                          "CASE WHEN a THEN b END", "a.", "a.b(1)", "f(a"}) {
    EXPECT_EQ(ParseSqlPredicate(sql)->kind(), Expression::Kind::kUnknown) << sql;
  }
}

TEST(SqlPredicateTest, NoHintIsTrue) {
  EXPECT_EQ(Read(""), "true");
  EXPECT_EQ(Read(" -- nothing\n"), "true");
}

TEST(SqlPredicateTest, DepthAndSizeAreBounded) {
  const auto wrapped = [](std::size_t depth) {
    return std::string(depth, '(') + "a = 1" + std::string(depth, ')');
  };
  EXPECT_EQ(Read(wrapped(500)), "unknown('nested too deeply')");
  EXPECT_EQ(Read(wrapped(100)), "`a` = 1");
  EXPECT_TRUE(ParseSqlPredicate(std::string(500'000, '('))->has_unknown());
  EXPECT_TRUE(ParseSqlPredicate("a = " + std::string(500'000, '+'))->has_unknown());
  EXPECT_TRUE(ParseSqlPredicate(std::string(500'000, '!'))->has_unknown());
  std::string many = "a = 1";
  for (int i = 0; i < 20'000; ++i) many += " OR a = 1";
  EXPECT_THAT(UnknownReasons(*ParseSqlPredicate(many)),
              testing::ElementsAre("more than 10000 parts"));
}

TEST(SqlPredicateTest, WhatIsWrittenIsReadAgain) {
  for (const char* sql :
       {"a = 1 OR b = 2 AND NOT c = 3", "a.`x``y` IN (1, NULL, 2.5, 'it\\'s', DATE '2020-01-01')",
        "CAST(a AS decimal(10,2)) <=> 1.5BD", "a = CAST('x' AS timestamp_ntz)", "b IS NOT TRUE",
        "a IN (5BD, -7Y, 1e5BD)", "a LIKE 'x\\%%' AND a = CAST(NULL AS int)", "a = X'00'",
        "a < -1.5e300", "a = '\\u0000123'", "a = '\n\r'"}) {
    const auto expression = ParseSqlPredicate(sql);
    ASSERT_FALSE(expression->has_unknown()) << sql << " " << ToSql(*expression);
    EXPECT_TRUE(Equal(*expression, *ParseSqlPredicate(ToSql(*expression)))) << ToSql(*expression);
  }
}

TEST(SqlPredicateTest, TheDeepestTreeIsReadAgain) {
  const int levels = Expression::kMaxDepth - 1;
  for (const char* word : {"NOT ", "!"}) {
    std::string sql = "a = 1";
    for (int i = 0; i < levels; ++i) sql.insert(0, word);
    const auto expression = ParseSqlPredicate(sql);
    ASSERT_EQ(expression->depth(), Expression::kMaxDepth);
    EXPECT_TRUE(Equal(*expression, *ParseSqlPredicate(ToSql(*expression))));
  }
}

}  // namespace
}  // namespace sluice::predicate
