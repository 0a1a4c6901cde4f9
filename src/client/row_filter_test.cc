#include "client/row_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/parquet_fixture.h"
#include "predicate/json_predicate.h"
#include "predicate/sql_predicate.h"

namespace sluice::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Columns of values, one of each kind.
struct Sample {
  std::vector<delta::Field> fields;
  arrow::ArrayVector columns;
  std::int64_t rows = 0;
};

Sample MakeSample() {
  delta::Metadata metadata;
  metadata.schema_string = SchemaJson({
      FieldJson("byte", Named("byte")),
      FieldJson("long", Named("long")),
      FieldJson("float", Named("float")),
      FieldJson("double", Named("double")),
      FieldJson("price", Named("decimal(5,2)")),
      FieldJson("name", Named("string")),
      FieldJson("bytes", Named("binary")),
      FieldJson("flag", Named("boolean")),
      FieldJson("day", Named("date")),
      FieldJson("at", Named("timestamp")),
      FieldJson("local", Named("timestamp_ntz")),
      FieldJson("point", SchemaJson({FieldJson("x", Named("integer"))})),
      FieldJson("list", R"({"type":"array","elementType":"integer","containsNull":true})"),
      FieldJson("a.b", Named("integer")),
      FieldJson("sorted", Named("string"), R"({"__COLLATIONS":{"sorted":"icu.en_US"}})"),
  });
  const std::vector<std::string> values{
      "[-128, 0, 5, 127, null]",
      "[-9223372036854775808, 0, 9007199254740993, 9223372036854775807, null]",
      "[0.1, -0.0, NaN, Inf, null]",
      "[0.1, 0.0, NaN, -Inf, null]",
      R"(["-999.99", "0.30", "9.99", "999.99", null])",
      R"(["", "a", "ab", "\u00e9", null])",
      R"(["", "a", "ab", "b", null])",
      "[false, true, false, true, null]",
      "[-719162, 0, 19723, 19724, null]",
      "[-1, 0, 1704067200000000, 1704067200000001, null]",
      "[-1, 0, 1704067200000000, 1704067200000001, null]",
      R"([{"x": 1}, {"x": 2}, {"x": null}, null, {"x": 3}])",
      "[[1], [], null, [2], [null]]",
      "[1, 2, 3, 4, null]",
      R"(["a", "B", "c", "D", null])",
  };
  Sample sample;
  sample.fields = delta::ParseSchema(metadata).value().fields;
  for (std::size_t i = 0; i < sample.fields.size(); ++i) {
    sample.columns.push_back(JsonArray(delta::ToArrowType(*sample.fields[i].type), values.at(i)));
  }
  sample.rows = 5;
  return sample;
}

Result<std::vector<int>> Matching(const predicate::ExpressionPtr& predicate) {
  const Sample sample = MakeSample();
  SLUICE_TRY(const auto filter, RowFilter::Bind(*predicate, sample.fields));
  SLUICE_TRY(const auto truth, filter->Matches(sample.columns, sample.rows));
  EXPECT_EQ(truth->length(), sample.rows);
  EXPECT_EQ(truth->null_count(), 0);
  std::vector<int> rows;
  for (int i = 0; i < sample.rows; ++i) {
    if (truth->Value(i)) rows.push_back(i);
  }
  return rows;
}

std::vector<int> Sql(const std::string& text) {
  auto rows = Matching(predicate::ParseSqlPredicate(text));
  if (rows) return *rows;
  ADD_FAILURE() << text << ": " << rows.error().message;
  return {};
}

Error Refusal(const std::string& text) {
  auto rows = Matching(predicate::ParseSqlPredicate(text));
  if (!rows) return rows.error();
  ADD_FAILURE() << text << " is not refused";
  return {};
}

TEST(RowFilter, IntegersCompareWithNumbersOfEveryKind) {
  EXPECT_THAT(Sql("byte > 0"), ElementsAre(2, 3));
  EXPECT_THAT(Sql("0 >= byte"), ElementsAre(0, 1));
  EXPECT_THAT(Sql("byte = 5"), ElementsAre(2));
  EXPECT_THAT(Sql("byte <> 5"), ElementsAre(0, 1, 3));
  EXPECT_THAT(Sql("byte > 4.5"), ElementsAre(2, 3));
  EXPECT_THAT(Sql("byte < 4.5e0"), ElementsAre(0, 1));
  EXPECT_THAT(Sql("byte = 4.5"), IsEmpty());
  EXPECT_THAT(Sql("NOT (byte = 4.5)"), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Sql("long = 9007199254740993"), ElementsAre(2));
  EXPECT_THAT(Sql("long > 9007199254740992"), ElementsAre(2, 3));
  EXPECT_THAT(Sql("long <= -9223372036854775808"), ElementsAre(0));
}

TEST(RowFilter, LiteralsBeyondATypeAreAboveOrBelowAllOfIt) {
  EXPECT_THAT(Sql("byte < 300"), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Sql("byte >= 300"), IsEmpty());
  EXPECT_THAT(Sql("byte > -300"), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Sql("byte = 300"), IsEmpty());
  EXPECT_THAT(Sql("NOT byte = 300"), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Sql("byte IN (5, 300)"), ElementsAre(2));
  EXPECT_THAT(Sql("price < 1000"), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Sql("price > 1000"), IsEmpty());
}

TEST(RowFilter, NaNIsEqualToItselfAndGreaterThanAll) {
  EXPECT_THAT(Sql("double > 0.05"), ElementsAre(0, 2));
  EXPECT_THAT(Sql("double >= 1e300"), ElementsAre(2));
  EXPECT_THAT(Sql("double < 0"), ElementsAre(3));
  EXPECT_THAT(Sql("NOT (double > 0)"), ElementsAre(1, 3));
  EXPECT_THAT(Sql("double <> 0.1"), ElementsAre(1, 2, 3));
  EXPECT_THAT(Sql("float > 5"), ElementsAre(2, 3));
}

TEST(RowFilter, FloatingNumbersCompareAsDoubles) {
  EXPECT_THAT(Sql("double = 0.1"), ElementsAre(0));
  EXPECT_THAT(Sql("float = 0.1"), IsEmpty());  // The nearest float is greater.
  EXPECT_THAT(Sql("float > 0.1"), ElementsAre(0, 2, 3));
  EXPECT_THAT(Sql("float = CAST(0.1 AS float)"), ElementsAre(0));
  EXPECT_THAT(Sql("CAST(double AS float) = CAST(0.1 AS float)"), ElementsAre(0));
  EXPECT_THAT(Sql("double IN (0, 0.1)"), ElementsAre(0, 1));
  EXPECT_THAT(Sql("float IN (0)"), ElementsAre(1));  // It is -0.0.
  EXPECT_THAT(Sql("float = 0"), ElementsAre(1));
}

TEST(RowFilter, DecimalsCompareExactly) {
  EXPECT_THAT(Sql("price = 9.99"), ElementsAre(2));
  EXPECT_THAT(Sql("price = 9.99e0"), ElementsAre(2));
  EXPECT_THAT(Sql("price = '9.99'"), ElementsAre(2));
  EXPECT_THAT(Sql("price = 9.990"), ElementsAre(2));
  EXPECT_THAT(Sql("price = 9.991"), IsEmpty());
  EXPECT_THAT(Sql("price < 9.991"), ElementsAre(0, 1, 2));
  EXPECT_THAT(Sql("price > 9.989"), ElementsAre(2, 3));
  // What 0.1 + 0.2 makes of doubles.
  EXPECT_THAT(Sql("price < 0.30000000000000004e0"), ElementsAre(0, 1));
  EXPECT_THAT(Sql("price = 0.30000000000000004e0"), IsEmpty());
  EXPECT_THAT(Sql("price IN (0.3, 7)"), ElementsAre(1));
}

TEST(RowFilter, TextsCompareByTheirBytes) {
  EXPECT_THAT(Sql("name = ''"), ElementsAre(0));
  EXPECT_THAT(Sql("name > 'a'"), ElementsAre(2, 3));
  EXPECT_THAT(Sql("name LIKE 'a%'"), ElementsAre(1, 2));
  EXPECT_THAT(Sql("NOT name LIKE 'a%'"), ElementsAre(0, 3));
  EXPECT_THAT(Sql("name BETWEEN 'a' AND 'b'"), ElementsAre(1, 2));
  EXPECT_THAT(Sql("name IN ('é', 'ab')"), ElementsAre(2, 3));
}

TEST(RowFilter, TimesWithoutAZoneAreInUtc) {
  EXPECT_THAT(Sql("day = DATE '2024-01-01'"), ElementsAre(2));
  EXPECT_THAT(Sql("day >= '2024-01-01'"), ElementsAre(2, 3));
  EXPECT_THAT(Sql("day < TIMESTAMP '2024-01-01 00:00:01'"), ElementsAre(0, 1, 2));
  EXPECT_THAT(Sql("at = TIMESTAMP '2024-01-01 00:00:00'"), ElementsAre(2));
  EXPECT_THAT(Sql("at = '2024-01-01T01:00:00+01:00'"), ElementsAre(2));
  EXPECT_THAT(Sql("at > '2024-01-01T00:00:00.000000Z'"), ElementsAre(3));
  EXPECT_THAT(Sql("at < DATE '1970-01-01'"), ElementsAre(0));
  EXPECT_THAT(Sql("local >= TIMESTAMP_NTZ '2024-01-01 00:00:00.000001'"), ElementsAre(3));
  EXPECT_THAT(Sql("CAST(at AS date) = DATE '2024-01-01'"), ElementsAre(2, 3));
  EXPECT_THAT(Sql("CAST(local AS date) = DATE '1969-12-31'"), ElementsAre(0));
}

TEST(RowFilter, NullIsNeitherTrueNorFalse) {
  EXPECT_THAT(Sql("byte IS NULL"), ElementsAre(4));
  EXPECT_THAT(Sql("byte IS NOT NULL AND flag"), ElementsAre(1, 3));
  EXPECT_THAT(Sql("NOT flag"), ElementsAre(0, 2));
  EXPECT_THAT(Sql("byte = NULL"), IsEmpty());
  EXPECT_THAT(Sql("NOT (byte = NULL)"), IsEmpty());
  EXPECT_THAT(Sql("byte <=> NULL"), ElementsAre(4));
  EXPECT_THAT(Sql("NOT (byte <=> 5)"), ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(Sql("byte IN (5, NULL)"), ElementsAre(2));
  EXPECT_THAT(Sql("byte NOT IN (5, NULL)"), IsEmpty());
  EXPECT_THAT(Sql("byte NOT IN (5, 0)"), ElementsAre(0, 3));
  EXPECT_THAT(Sql("byte > 200 OR byte IS NULL"), ElementsAre(4));
  EXPECT_THAT(Sql("list IS NULL"), ElementsAre(2));
  EXPECT_THAT(Sql("TRUE"), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(Sql("FALSE OR byte = NULL"), IsEmpty());
}

TEST(RowFilter, FindsFieldsOfStructs) {
  EXPECT_THAT(Sql("point.x >= 2"), ElementsAre(1, 4));
  EXPECT_THAT(Sql("POINT.X IS NULL"), ElementsAre(2, 3));
  EXPECT_THAT(Sql("point IS NULL"), ElementsAre(3));
  EXPECT_THAT(Sql("`a.b` = 2"), ElementsAre(1));
}

TEST(RowFilter, ReadsThePredicatesOfTheProtocol) {
  const auto json = [](const char* text) {
    return Matching(predicate::ParseJsonPredicate(text)).value();
  };
  EXPECT_THAT(json(R"({"op":"equal","children":[
      {"op":"column","name":"day","valueType":"date"},
      {"op":"literal","value":"2024-01-01","valueType":"date"}]})"),
              ElementsAre(2));
  EXPECT_THAT(json(R"({"op":"greaterThan","children":[
      {"op":"column","name":"double"},{"op":"literal","value":0,"valueType":"long"}]})"),
              ElementsAre(0, 2));
  EXPECT_THAT(json(R"({"op":"in","children":[{"op":"column","name":"name"},
      {"op":"literal","value":"a"},{"op":"literal","value":null}]})"),
              ElementsAre(1));
  EXPECT_THAT(json(R"({"op":"startsWith","children":[{"op":"column","name":"name"},
      {"op":"literal","value":"a"}]})"),
              ElementsAre(1, 2));
}

TEST(RowFilter, RefusesByNameWhatItCannotTellExactly) {
  EXPECT_EQ(Refusal("nothing = 1").kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(Refusal("nothing = 1").message,
              HasSubstr("`nothing` = 1: no such column; there are byte, long"));
  EXPECT_EQ(Refusal("length(name) = 1").kind, ErrorKind::kInvalidArgument);
  for (const std::string text :
       {"name = 5", "list = 1", "sorted > 'a'", "CAST(name AS int) = 5", "name LIKE '%a%'",
        "bytes = X'61'", "double = CAST('NaN' AS double)", "byte LIKE 'a%'", "flag > 3"}) {
    const Error error = Refusal(text);
    EXPECT_TRUE(error.kind == ErrorKind::kUnsupported || error.kind == ErrorKind::kInvalidArgument)
        << text << ": " << error.message;
    EXPECT_THAT(error.message, HasSubstr("filter: ")) << text;
  }
  const Error error = Refusal("flag > 'often'");
  EXPECT_EQ(error.kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(error.message,
              HasSubstr("of type string is not compared with a column of type boolean"));
}

}  // namespace
}  // namespace sluice::client
