#include "base/run_program.h"

#include <gtest/gtest.h>

#include <chrono>

namespace sluice {
namespace {

Result<ProgramOutput> Shell(const std::string& script, std::int64_t timeout_ms = 20'000) {
  return RunProgram({"/bin/sh", "-c", script}, timeout_ms);
}

TEST(RunProgram, GivesWhatItPrintedAndItsStatus) {
  const auto ran = Shell("echo out; echo err >&2; cat; exit 3");
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(ran->out, "out\n");
  EXPECT_EQ(ran->err, "err\n");
  EXPECT_EQ(ran->status, 3);
  EXPECT_EQ(Shell("kill -9 $$")->status, 128 + 9);
}

TEST(RunProgram, ArgumentsArriveAsTheyAre) {
  const auto ran =
      RunProgram({"/bin/sh", "-c", "printf '%s|' \"$@\"", "sh", "a b", "$HOME", ""}, 20'000);
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(ran->out, "a b|$HOME||");
}

TEST(RunProgram, BothOutputsMayBeLong) {
  const auto ran = Shell("head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero");
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(ran->out.size(), 300'000U);
  EXPECT_EQ(ran->err.size(), 300'000U);
}

TEST(RunProgram, OneThatDoesNotEndIsEnded) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(Shell("sleep 600 & sleep 600", 50).error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(Shell("exec >&- 2>&-; sleep 600", 50).error().kind, ErrorKind::kTimeout);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

TEST(RunProgram, OneThatPrintsWithoutEndIsEnded) {
  EXPECT_EQ(Shell("cat /dev/zero").error().kind, ErrorKind::kTooLarge);
}

TEST(RunProgram, WhatIsNoProgramIsNotFound) {
  EXPECT_EQ(RunProgram({"/no/such/program"}, 1'000).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(FindProgram("no-such-program", "/bin:/usr/bin"), std::nullopt);
  EXPECT_EQ(FindProgram("sh", ""), std::nullopt);
  EXPECT_EQ(FindProgram("sh", ":/nowhere:/bin:/usr/bin"), "/bin/sh");
}

}  // namespace
}  // namespace sluice
