#include "recipient_values.h"

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

namespace sluice::apps {
namespace {

std::shared_ptr<arrow::Array> Array(const std::shared_ptr<arrow::DataType>& type,
                                    std::string_view json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

std::string Json(const std::shared_ptr<arrow::Array>& array, std::int64_t row = 0) {
  std::string out;
  AppendJsonValue(*array, row, &out);
  return out;
}

std::string Text(const std::shared_ptr<arrow::Array>& array, std::int64_t row = 0) {
  std::string out;
  AppendTextValue(*array, row, &out);
  return out;
}

TEST(Values, NullIsNothingInTextAndNullInJson) {
  const auto array = Array(arrow::int32(), "[null]");
  EXPECT_EQ(Text(array), "");
  EXPECT_EQ(Json(array), "null");
}

TEST(Values, IntegersKeepAllDigits) {
  EXPECT_EQ(Text(Array(arrow::int64(), "[-9223372036854775808]")), "-9223372036854775808");
  EXPECT_EQ(Json(Array(arrow::int8(), "[-128]")), "-128");
}

TEST(Values, FloatsAreShortestAndLookLikeFloats) {
  EXPECT_EQ(Text(Array(arrow::float64(), "[0.1]")), "0.1");
  EXPECT_EQ(Text(Array(arrow::float32(), "[0.1]")), "0.1");
  EXPECT_EQ(Text(Array(arrow::float64(), "[3]")), "3.0");
  EXPECT_EQ(Text(Array(arrow::float64(), "[1e300]")), "1e+300");
}

TEST(Values, WhatJsonHasNoNumberForIsText) {
  const auto array = Array(arrow::float64(), "[NaN, Inf, -Inf]");
  EXPECT_EQ(Json(array, 0), "\"NaN\"");
  EXPECT_EQ(Json(array, 1), "\"Infinity\"");
  EXPECT_EQ(Text(array, 2), "-Infinity");
}

TEST(Values, DecimalsKeepTheirScale) {
  const auto array = Array(arrow::decimal128(38, 2), R"(["123456789012345678901234567890.10"])");
  EXPECT_EQ(Json(array), "123456789012345678901234567890.10");
}

TEST(Values, DatesBeforeTheEpochAndBeforeChrist) {
  const auto array = Array(arrow::date32(), "[0, -1, -719529]");
  EXPECT_EQ(Text(array, 0), "1970-01-01");
  EXPECT_EQ(Text(array, 1), "1969-12-31");
  EXPECT_EQ(Json(array, 2), "\"-001-12-31\"");
}

TEST(Values, TimestampsShowAFractionOnlyWhereThereIsOne) {
  const auto array =
      Array(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "[0, 1500000, 1000001, -1]");
  EXPECT_EQ(Text(array, 0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(Text(array, 1), "1970-01-01T00:00:01.500Z");
  EXPECT_EQ(Text(array, 2), "1970-01-01T00:00:01.000001Z");
  EXPECT_EQ(Json(array, 3), "\"1969-12-31T23:59:59.999999Z\"");
}

TEST(Values, TimestampsWithoutAZoneHaveNone) {
  EXPECT_EQ(Text(Array(arrow::timestamp(arrow::TimeUnit::MICRO), "[0]")), "1970-01-01T00:00:00");
}

TEST(Values, BinaryIsBase64) {
  arrow::BinaryBuilder builder;
  ASSERT_TRUE(builder.Append("\0\xff", 2).ok());
  EXPECT_EQ(Json(builder.Finish().ValueOrDie()), "\"AP8=\"");
}

TEST(Values, StringsAreEscapedInJsonOnly) {
  const auto array = Array(arrow::utf8(), R"(["a\"b\n"])");
  EXPECT_EQ(Json(array), R"("a\"b\n")");
  EXPECT_EQ(Text(array), "a\"b\n");
}

TEST(Values, NestedValuesAreJsonEverywhere) {
  const auto type = arrow::struct_({arrow::field("a", arrow::list(arrow::int32())),
                                    arrow::field("b", arrow::map(arrow::int32(), arrow::utf8()))});
  const auto array = Array(type, R"([{"a": [1, null], "b": [[7, "x"], [8, null]]}])");
  EXPECT_EQ(Text(array), R"({"a":[1,null],"b":{"7":"x","8":null}})");
}

TEST(Values, SlicesStartWhereTheySay) {
  const auto list = Array(arrow::list(arrow::int32()), "[[1], [2, 3], []]")->Slice(1);
  EXPECT_EQ(Json(list, 0), "[2,3]");
  EXPECT_EQ(Json(list, 1), "[]");
  const auto structs =
      Array(arrow::struct_({arrow::field("a", arrow::int32())}), R"([{"a": 1}, {"a": 2}])");
  EXPECT_EQ(Json(structs->Slice(1), 0), R"({"a":2})");
}

TEST(TypeText, NamesTypesAsTheTableDoes) {
  EXPECT_EQ(TypeText(*arrow::int64()), "long");
  EXPECT_EQ(TypeText(*arrow::decimal128(10, 2)), "decimal(10,2)");
  EXPECT_EQ(TypeText(*arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")), "timestamp");
  EXPECT_EQ(TypeText(*arrow::map(arrow::utf8(), arrow::list(arrow::float64()))),
            "map<string, array<double>>");
  EXPECT_EQ(TypeText(*arrow::struct_({arrow::field("a", arrow::float32())})), "struct<a: float>");
}

}  // namespace
}  // namespace sluice::apps
