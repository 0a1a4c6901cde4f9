#include "base/error.h"

#include <arrow/util/io_util.h>
#include <gmock/gmock.h>

#include <cerrno>
#include <set>

#include "base/arrow_status.h"
#include "base/log.h"
#include "base/result.h"

namespace sluice {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Error, EveryKindHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::kInternal); ++kind) {
    EXPECT_TRUE(names.insert(KindName(static_cast<ErrorKind>(kind))).second);
  }
  EXPECT_EQ(KindName(ErrorKind::kNotFound), "not_found");
}

TEST(Error, AtPutsThePlaceInFront) {
  const Error error = Error{ErrorKind::kCorrupt, "no JSON"}.At("line 3").At("00000.json");
  EXPECT_EQ(error.message, "00000.json: line 3: no JSON");
  EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
}

Result<int> Half(int value) {
  if (value % 2 != 0) return Fail(ErrorKind::kInvalidArgument, "{} is odd", value);
  return value / 2;
}
Result<int> Quarter(int value) {
  SLUICE_TRY(const int half, Half(value));
  int quarter = 0;
  SLUICE_TRY(quarter, Half(half));
  return quarter;
}
Status CheckQuarter(int value) {
  SLUICE_RETURN_IF_ERROR(Quarter(value));
  return {};
}

TEST(Result, MacrosPassValuesAndErrors) {
  EXPECT_EQ(Quarter(12).value(), 3);
  EXPECT_EQ(Quarter(10).error().message, "5 is odd");
  EXPECT_TRUE(CheckQuarter(4));
  EXPECT_EQ(CheckQuarter(3).error().kind, ErrorKind::kInvalidArgument);
}

TEST(FromArrow, KindsOfStatuses) {
  const auto kind = [](const arrow::Status& status) { return FromArrow(status, "x").kind; };
  EXPECT_EQ(kind(arrow::Status::Invalid("m")), ErrorKind::kCorrupt);
  EXPECT_EQ(kind(arrow::Status::IOError("Couldn't deserialize thrift")), ErrorKind::kCorrupt);
  EXPECT_EQ(kind(arrow::Status::NotImplemented("m")), ErrorKind::kUnsupported);
  EXPECT_EQ(kind(arrow::Status::Cancelled("m")), ErrorKind::kCancelled);
  EXPECT_EQ(kind(arrow::Status::OutOfMemory("m")), ErrorKind::kTooLarge);
  EXPECT_EQ(kind(arrow::Status::UnknownError("m")), ErrorKind::kInternal);
}

TEST(FromArrow, KindsOfTheSystemsErrors) {
  const auto kind = [](int code) {
    return FromArrow(arrow::internal::IOErrorFromErrno(code, "open"), "x").kind;
  };
  EXPECT_EQ(kind(ENOENT), ErrorKind::kDataMissing);
  EXPECT_EQ(kind(EACCES), ErrorKind::kPermissionDenied);
  EXPECT_EQ(kind(EIO), ErrorKind::kUnavailable);
}

TEST(FromArrow, OneLineWithThePlace) {
  const Error error = FromArrow(arrow::Status::Invalid("first\nsecond\r\nthird"), "a.parquet");
  EXPECT_EQ(error.message, "a.parquet: first second  third");
}

TEST(FromArrow, MacroReturnsTheError) {
  const auto call = [](arrow::Status status) -> Status {
    SLUICE_RETURN_IF_ARROW(status, "p");
    return {};
  };
  EXPECT_TRUE(call(arrow::Status::OK()));
  EXPECT_EQ(call(arrow::Status::Invalid("m")).error().message, "p: m");
  EXPECT_EQ(FromArrow(arrow::Result<int>(7), "p").value(), 7);
  EXPECT_FALSE(FromArrow(arrow::Result<int>(arrow::Status::Invalid("m")), "p"));
}

TEST(ToArrow, ComesBackAsItWas) {
  for (const ErrorKind kind : {ErrorKind::kCancelled, ErrorKind::kTimeout, ErrorKind::kNotFound}) {
    const Error back = FromArrow(ToArrow(Error{kind, "GET x: stopped"}), "a.parquet");
    EXPECT_EQ(back.kind, kind);
    EXPECT_EQ(back.message, "a.parquet: GET x: stopped");
  }
}

class LogTest : public ::testing::Test {
 protected:
  void TearDown() override { spdlog::set_default_logger(before_); }
  std::string Logged(bool json, std::string_view level, std::string_view message) {
    testing::internal::CaptureStderr();
    EXPECT_TRUE(ConfigureLog(level, json));
    spdlog::info("{}", message);
    spdlog::default_logger()->flush();
    return testing::internal::GetCapturedStderr();
  }
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

TEST_F(LogTest, TextIsOneLineAnEvent) {
  const std::string line = Logged(false, "info", "no table a\nforged line");
  EXPECT_THAT(line, HasSubstr(" info  no table a forged line\n"));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST_F(LogTest, JsonIsEscaped) {
  EXPECT_THAT(Logged(true, "info", "a \"b\"\n"),
              HasSubstr(R"("level":"info","message":"a \"b\"\n"})"));
}

TEST_F(LogTest, LevelsFilter) {
  EXPECT_EQ(Logged(false, "warn", "quiet"), "");
  EXPECT_EQ(Logged(false, "off", "quiet"), "");
  EXPECT_THAT(Logged(false, "debug", "heard"), HasSubstr("heard"));
}

TEST_F(LogTest, AnUnknownLevelIsRefused) {
  const Status status = ConfigureLog("loud", false);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(status.error().message, HasSubstr("'loud'"));
}

}  // namespace
}  // namespace sluice
