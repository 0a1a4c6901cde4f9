#include <arrow/scalar.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "delta/schema.h"

namespace sluice::delta {
namespace {

using Kind = DataType::Kind;

DataType Of(Kind kind, int precision = 0, int scale = 0) {
  DataType type;
  type.kind = kind;
  type.precision = precision;
  type.scale = scale;
  return type;
}

struct ValueCase {
  DataType type;
  std::string text;
  std::string shown;  ///< As Arrow prints the scalar.
};

class PartitionValueTest : public ::testing::TestWithParam<ValueCase> {};

TEST_P(PartitionValueTest, IsRead) {
  const auto scalar = ParsePartitionValue(GetParam().type, GetParam().text);
  ASSERT_TRUE(scalar) << scalar.error().message;
  EXPECT_TRUE((*scalar)->type->Equals(ToArrowType(GetParam().type)));
  EXPECT_TRUE((*scalar)->is_valid);
  EXPECT_EQ((*scalar)->ToString(), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(
    All, PartitionValueTest,
    ::testing::Values(
        ValueCase{Of(Kind::kString), "a/b c", "a/b c"},
        ValueCase{Of(Kind::kLong), "-9223372036854775808", "-9223372036854775808"},
        ValueCase{Of(Kind::kInteger), "+7", "7"}, ValueCase{Of(Kind::kShort), "-32768", "-32768"},
        ValueCase{Of(Kind::kByte), "127", "127"}, ValueCase{Of(Kind::kFloat), "1.5", "1.5"},
        ValueCase{Of(Kind::kDouble), "-1.7976931348623157E308", "-1.7976931348623157e+308"},
        ValueCase{Of(Kind::kDouble), "-Infinity", "-inf"},
        ValueCase{Of(Kind::kDouble), "NaN", "nan"},
        ValueCase{Of(Kind::kDecimal, 20, 5), "-999999999999999.99999", "-999999999999999.99999"},
        ValueCase{Of(Kind::kDecimal, 10, 2), "1.5", "1.50"},
        ValueCase{Of(Kind::kDecimal, 10, 2), "12", "12.00"},
        ValueCase{Of(Kind::kDecimal, 10, 0), "1E+3", "1000"},
        ValueCase{Of(Kind::kBoolean), "true", "true"},
        ValueCase{Of(Kind::kBoolean), "False", "false"},
        ValueCase{Of(Kind::kBinary), std::string("\x01\x02", 2), std::string("\x01\x02", 2)},
        ValueCase{Of(Kind::kDate), "2020-02-29", "2020-02-29"},
        ValueCase{Of(Kind::kDate), "0001-01-01", "0001-01-01"},
        ValueCase{Of(Kind::kDate), "1969-12-31", "1969-12-31"},
        ValueCase{Of(Kind::kTimestamp), "1969-12-31T23:59:59.999999Z",
                  "1969-12-31 23:59:59.999999Z"},
        ValueCase{Of(Kind::kTimestamp), "2020-01-01 08:09:10.001", "2020-01-01 08:09:10.001000Z"},
        ValueCase{Of(Kind::kTimestamp), "2020-01-01 08:09:10", "2020-01-01 08:09:10.000000Z"},
        ValueCase{Of(Kind::kTimestamp), "2020-01-01T08:09:10.5+02:30",
                  "2020-01-01 05:39:10.500000Z"},
        ValueCase{Of(Kind::kTimestampNtz), "9999-12-31 23:59:59.999999",
                  "9999-12-31 23:59:59.999999"},
        ValueCase{Of(Kind::kTimestampNtz), "0001-01-01 00:00:00", "0001-01-01 00:00:00.000000"}));

TEST(PartitionValueRangeTest, DatesBeyondFourDigits) {
  const auto days = [](std::string_view text) {
    const auto scalar = ParsePartitionValue(Of(Kind::kDate), text);
    EXPECT_TRUE(scalar) << text;
    return std::static_pointer_cast<arrow::Date32Scalar>(*scalar)->value;
  };
  EXPECT_EQ(days("+10000-01-01"), 2'932'897);
  EXPECT_EQ(days("10000-01-01"), 2'932'897);
  EXPECT_EQ(days("0000-01-01"), -719'528);
  EXPECT_EQ(days("-0001-12-31"), -719'529);
}

TEST(PartitionValueRangeTest, TooLargeADoubleIsInfinite) {
  const auto value = [](std::string_view text) {
    const auto scalar = ParsePartitionValue(Of(Kind::kDouble), text);
    EXPECT_TRUE(scalar) << text;
    return std::static_pointer_cast<arrow::DoubleScalar>(*scalar)->value;
  };
  EXPECT_TRUE(std::isinf(value("1E999")));
  EXPECT_EQ(value("1E-999"), 0.0);
}

TEST(PartitionValueNullTest, AbsentAndEmptyAreNullOfTheType) {
  for (const DataType& type : {Of(Kind::kString), Of(Kind::kLong), Of(Kind::kDecimal, 5, 2),
                               Of(Kind::kBinary), Of(Kind::kTimestamp), Of(Kind::kVoid)}) {
    for (const std::optional<std::string_view>& text :
         {std::optional<std::string_view>(), std::optional<std::string_view>("")}) {
      const auto scalar = ParsePartitionValue(type, text);
      ASSERT_TRUE(scalar);
      EXPECT_FALSE((*scalar)->is_valid);
      EXPECT_TRUE((*scalar)->type->Equals(ToArrowType(type)));
    }
  }
}

class BadPartitionValueTest : public ::testing::TestWithParam<std::pair<DataType, std::string>> {};

TEST_P(BadPartitionValueTest, IsCorrupt) {
  const auto scalar = ParsePartitionValue(GetParam().first, GetParam().second);
  ASSERT_FALSE(scalar) << (*scalar)->ToString();
  EXPECT_EQ(scalar.error().kind, ErrorKind::kCorrupt);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadPartitionValueTest,
    ::testing::Values(std::pair{Of(Kind::kLong), "9223372036854775808"},
                      std::pair{Of(Kind::kInteger), "1.0"}, std::pair{Of(Kind::kByte), "128"},
                      std::pair{Of(Kind::kShort), " 1"}, std::pair{Of(Kind::kDouble), "1,5"},
                      std::pair{Of(Kind::kDecimal, 5, 2), "1234.00"},
                      std::pair{Of(Kind::kDecimal, 5, 2), "1.234"},
                      std::pair{Of(Kind::kDecimal, 5, 2), "x"}, std::pair{Of(Kind::kBoolean), "1"},
                      std::pair{Of(Kind::kDate), "2021-02-29"},
                      std::pair{Of(Kind::kDate), "2021-02-28 "},
                      std::pair{Of(Kind::kTimestamp), "2021-02-28 24:00:00"},
                      std::pair{Of(Kind::kTimestamp), "2021-02-28 10:00:00 UTC"},
                      std::pair{Of(Kind::kTimestamp), "9999999-01-01 00:00:00"},
                      std::pair{Of(Kind::kStruct), "{}"}));

}  // namespace
}  // namespace sluice::delta
