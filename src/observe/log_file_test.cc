#include "observe/log_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

namespace sluice::observe {
namespace {

class LogFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-log-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    options_.file = folder_ / "a.log";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Text(const std::string& name) const {
    std::ifstream in(folder_ / name);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }

  std::filesystem::path folder_;
  LogFileOptions options_;
};

TEST_F(LogFileTest, ManyLinesAtOnceFillOneFileAfterTheOther) {
  options_.max_bytes = 10;
  LogFile log(options_);
  ASSERT_EQ(log.Open(), 0);
  ASSERT_EQ(log.Write("one\ntwo\nthree\nfour\na line that is long\nsix\n"), 0);
  EXPECT_EQ(Text("a.log.4"), "one\ntwo\n");
  EXPECT_EQ(Text("a.log.3"), "three\n");
  EXPECT_EQ(Text("a.log.2"), "four\n");
  EXPECT_EQ(Text("a.log.1"), "a line that is long\n");
  EXPECT_EQ(Text("a.log"), "six\n");
}

TEST_F(LogFileTest, LargeFilesArePutAsideAndTheOldestRemoved) {
  options_.max_bytes = 10;
  options_.max_files = 2;
  LogFile log(options_);
  ASSERT_EQ(log.Open(), 0);
  for (const char* line :
       {"one\n", "two\n", "three\n", "four\n", "a line that is long\n", "six\n"}) {
    ASSERT_EQ(log.Write(line), 0);
  }
  EXPECT_EQ(Text("a.log"), "six\n");
  EXPECT_EQ(Text("a.log.1"), "a line that is long\n");
  EXPECT_EQ(Text("a.log.2"), "four\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.log.3"));
}

TEST_F(LogFileTest, TheSizeCountsWhatWasThereBefore) {
  std::ofstream(options_.file) << "123456789\n";
  options_.max_bytes = 12;
  LogFile log(options_);
  ASSERT_EQ(log.Open(), 0);
  ASSERT_EQ(log.Write("abc\n"), 0);
  EXPECT_EQ(Text("a.log"), "abc\n");
  EXPECT_EQ(Text("a.log.1"), "123456789\n");
}

TEST_F(LogFileTest, WithoutLimitsNothingIsPutAside) {
  LogFile log(options_);
  ASSERT_EQ(log.Open(), 0);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(log.Write(std::string(100, 'x') + "\n"), 0);
  EXPECT_EQ(std::filesystem::file_size(options_.file), 101'000U);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.log.1"));
}

TEST_F(LogFileTest, StreamsAreNamed) {
  EXPECT_EQ(LogFile({}).Name(), "standard error");
  options_.file = "-";
  LogFile log(options_);
  EXPECT_EQ(log.Name(), "standard output");
  EXPECT_EQ(log.Open(), 0);
}

}  // namespace
}  // namespace sluice::observe
