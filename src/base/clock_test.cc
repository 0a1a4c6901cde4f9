#include "base/clock.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace sluice {
namespace {

TEST(ParseTimestamp, Forms) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2022-01-01T00:00:00Z", 1'640'995'200'000},
      {"2022-01-01t00:00:00z", 1'640'995'200'000},
      {"2022-01-01 00:00:00", 1'640'995'200'000},
      {"2022-01-01T00:00", 1'640'995'200'000},
      {"2022-01-01T00:00:00.5Z", 1'640'995'200'500},
      {"2022-01-01T00:00:00.123456789Z", 1'640'995'200'123},
      {"2022-01-01T00:00:00,25Z", 1'640'995'200'250},
      {"1969-12-31T23:59:59.999Z", -1},
      {"0000-01-01T00:00:00Z", -62'167'219'200'000},
      {"9999-12-31T23:59:59.999Z", 253'402'300'799'999},
  };
  for (const auto& [text, millis] : cases) {
    const auto parsed = ParseTimestamp(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, millis) << text;
  }
}

TEST(ParseTimestamp, Offsets) {
  const std::int64_t noon = ParseTimestamp("2024-02-29T12:00:00Z").value();
  for (const char* text :
       {"2024-02-29T14:00:00+02:00", "2024-02-29T14:00:00+0200", "2024-02-29T14:00:00+02",
        "2024-02-29T06:30:00-05:30", "2024-03-01T02:00:00+14:00", "2024-02-28T23:00:00-13:00",
        "2024-02-29T12:00:00-00:00"}) {
    EXPECT_EQ(ParseTimestamp(text).value(), noon) << text;
  }
}

TEST(ParseTimestamp, LeapDays) {
  constexpr std::int64_t kDay = 86'400'000;
  const auto at = [](const char* day) {
    return ParseTimestamp(std::string(day) + "T00:00:00Z").value();
  };
  EXPECT_EQ(at("2024-03-01") - at("2024-02-29"), kDay);
  EXPECT_EQ(at("2000-03-01") - at("2000-02-28"), 2 * kDay);
  EXPECT_EQ(at("1900-03-01") - at("1900-02-28"), kDay);
  for (const char* text :
       {"2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2024-02-30T00:00:00Z"}) {
    EXPECT_FALSE(ParseTimestamp(text)) << text;
  }
}

TEST(ParseTimestamp, RefusesTheRest) {
  for (const char* text : {"",
                           "now",
                           "2022",
                           "2022-01-01",
                           "2022-01-01T",
                           "2022-13-01T00:00:00Z",
                           "2022-00-01T00:00:00Z",
                           "2022-01-32T00:00:00Z",
                           "2022-01-01T24:00:00Z",
                           "2022-01-01T00:60:00Z",
                           "2022-01-01T00:00:61Z",
                           "2022-01-01T00:00:00.Z",
                           "2022-01-01T00:00:00+",
                           "2022-01-01T00:00:00+1",
                           "2022-01-01T00:00:00+19:00",
                           "2022-01-01T00:00:00+02:60",
                           "2022-01-01T00:00:00Zx",
                           "2022-01-01T00:00:00 Z",
                           "-022-01-01T00:00:00Z",
                           "20220101T000000Z",
                           " 2022-01-01T00:00:00Z",
                           "1640995200000"}) {
    ASSERT_FALSE(ParseTimestamp(text)) << text;
    EXPECT_EQ(ParseTimestamp(text).error().kind, ErrorKind::kInvalidArgument);
  }
  EXPECT_LT(ParseTimestamp(std::string(10'000, '1')).error().message.size(), 200U);
}

TEST(FormatTimestamp, Forms) {
  EXPECT_EQ(FormatTimestamp(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatTimestamp(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatTimestamp(1'709'208'000'007), "2024-02-29T12:00:00.007Z");
}

TEST(FormatTimestamp, StaysWithinFourDigits) {
  EXPECT_EQ(FormatTimestamp(std::numeric_limits<std::int64_t>::max()), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatTimestamp(std::numeric_limits<std::int64_t>::min()), "0000-01-01T00:00:00.000Z");
}

TEST(FormatTimestamp, ParsesBack) {
  std::mt19937_64 random(3);
  std::uniform_int_distribution<std::int64_t> any(-62'167'219'200'000, 253'402'300'799'999);
  for (int i = 0; i < 2000; ++i) {
    const std::int64_t millis = any(random);
    EXPECT_EQ(ParseTimestamp(FormatTimestamp(millis)).value(), millis);
  }
}

TEST(SystemClock, IsOfThisCentury) {
  EXPECT_GT(SystemClock().NowMillis(), ParseTimestamp("2024-01-01T00:00:00Z").value());
  EXPECT_LT(SystemClock().NowMillis(), ParseTimestamp("2100-01-01T00:00:00Z").value());
}

TEST(HttpDate, TurnsBack) {
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
  EXPECT_EQ(FormatHttpDate(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  for (const char* text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Sun, 06 Nov 1994 08:49:37 GMT, and more", "784111777"}) {
    EXPECT_EQ(ParseHttpDate(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sluice
