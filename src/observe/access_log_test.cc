#include "observe/access_log.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <thread>

namespace sluice::observe {
namespace {

using testing::HasSubstr;
using testing::Not;

AccessRecord Query() {
  AccessRecord record;
  record.time_ms = 1'600'000'000'007;
  record.request_id = "r1";
  record.remote = "[::1]:4711";
  record.recipient = "ada";
  record.method = "POST";
  record.path = "/shares/s/schemas/d/tables/t/query";
  record.endpoint = "query";
  record.status = 200;
  record.bytes_sent = 1234;
  record.duration_us = 5'042;
  record.table = "s.d.t";
  record.version = 0;
  record.files = 7;
  record.skipped_files = 3;
  record.user_agent = "probe/1 (test)";
  return record;
}

TEST(AccessRecord, TextLine) {
  EXPECT_EQ(
      FormatAccessRecord(Query(), AccessFormat::kText),
      "2020-09-13T12:26:40.007Z request=r1 remote=[::1]:4711 recipient=ada method=POST "
      "path=/shares/s/schemas/d/tables/t/query endpoint=query status=200 bytes=1234 "
      "ms=5.042 table=s.d.t version=0 files=7 skipped=3 allowed=true agent=\"probe/1 (test)\"\n");
}

TEST(AccessRecord, JsonLine) {
  EXPECT_EQ(FormatAccessRecord(Query(), AccessFormat::kJson),
            R"({"time":"2020-09-13T12:26:40.007Z","request":"r1","remote":"[::1]:4711",)"
            R"("recipient":"ada","method":"POST","path":"/shares/s/schemas/d/tables/t/query",)"
            R"("endpoint":"query","status":200,"bytes":1234,"ms":5.042,"table":"s.d.t",)"
            R"("version":0,"files":7,"skipped":3,"allowed":true,"agent":)"
            "\"probe/1 (test)\"}"
            "\n");
}

TEST(AccessRecord, AbsentFieldsAreLeftOut) {
  AccessRecord record;
  record.endpoint = "other";
  const std::string line = FormatAccessRecord(record, AccessFormat::kText);
  for (const char* name :
       {"recipient=", "table=", "version=", "files=", "skipped=", "denied=", "complete="}) {
    EXPECT_THAT(line, Not(HasSubstr(name)));
  }
}

TEST(AccessRecord, RefusalAndBrokenAnswerAreSaid) {
  AccessRecord record = Query();
  record.denied = "no grant on share s";
  record.complete = false;
  EXPECT_THAT(FormatAccessRecord(record, AccessFormat::kText),
              HasSubstr(R"(allowed=false denied="no grant on share s" complete=false)"));
  EXPECT_THAT(FormatAccessRecord(record, AccessFormat::kJson),
              HasSubstr(R"("allowed":false,"denied":"no grant on share s","complete":false)"));
}

AccessRecord Grant() {
  AccessRecord record;
  record.time_ms = 1'600'000'000'007;
  record.request_id = "r1";
  record.admin = "zoe";
  record.endpoint = "admin_add_grant";
  record.status = 200;
  record.version = 9;
  record.change = "grant";
  record.target = "ann/sales.eu";
  record.detail = "country = 'DE'";
  return record;
}

TEST(AccessRecord, ChangesAreSaidWithWhoMadeThemOrWhyTheyFailed) {
  EXPECT_THAT(FormatAccessRecord(Grant(), AccessFormat::kText),
              HasSubstr(R"(version=9 change=grant target=ann/sales.eu detail="country = 'DE'" )"
                        "allowed=true\n"));
  AccessRecord failed = Grant();
  failed.version.reset();
  failed.error = "recipient 'ann' does not exist";
  const std::string line = FormatAccessRecord(failed, AccessFormat::kJson);
  EXPECT_THAT(line, HasSubstr(R"("admin":"zoe")"));
  EXPECT_THAT(line, HasSubstr(R"("change":"grant","target":"ann/sales.eu",)"));
  EXPECT_THAT(line, HasSubstr(R"("allowed":true,"error":"recipient 'ann' does not exist"})"));
  EXPECT_THAT(line, Not(HasSubstr("recipient\":")));
}

TEST(AccessRecord, ChangesWithoutARequestHaveTheSameForm) {
  EXPECT_EQ(
      FormatCatalogChange({1'600'000'000'007, "command of user 0", 9, "drop share", "sales", ""}),
      R"({"time":"2020-09-13T12:26:40.007Z","admin":"command of user 0","version":9,)"
      R"("change":"drop share","target":"sales","allowed":true})");
}

TEST(AccessRecord, NoValueBreaksTheLineOrForgesAField) {
  AccessRecord record = Query();
  record.path = "/x\nstatus=200 \"\\";
  record.user_agent = "a recipient=root\r\n\xFF";
  for (const auto format : {AccessFormat::kText, AccessFormat::kJson}) {
    const std::string line = FormatAccessRecord(record, format);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_EQ(line.find('\r'), std::string::npos);
    EXPECT_THAT(line, HasSubstr(R"("/x\nstatus=200 \"\\")"));
    EXPECT_THAT(line, HasSubstr("\"a recipient=root\\r\\n\xEF\xBF\xBD\""));
  }
}

TEST(AccessRecord, WhatATerminalWouldActOnIsEscapedBeyondAsciiToo) {
  AccessRecord record = Query();
  record.recipient = "gr\xC3\xBC\xC3\x9F";
  record.user_agent = "a\xC2\x9B[2J\xE2\x80\xA8 \xE2\x80\xAE";
  for (const auto format : {AccessFormat::kText, AccessFormat::kJson}) {
    const std::string line = FormatAccessRecord(record, format);
    EXPECT_THAT(line, HasSubstr(R"("a\u009b[2J\u2028 \u202e")"));
    EXPECT_THAT(line, HasSubstr("\"gr\xC3\xBC\xC3\x9F\""));
  }
}

TEST(AccessRecord, LongValuesAreCut) {
  AccessRecord record = Query();
  record.path = std::string(1 << 20, 'p');
  record.user_agent = std::string(1 << 20, 'u');
  EXPECT_LT(FormatAccessRecord(record, AccessFormat::kJson).size(), 4096U);
}

class AccessLogFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-log-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<AccessSink> Open() {
    return OpenAccessLog({{file()}, AccessFormat::kText}).value();
  }
  std::filesystem::path file() const { return folder_ / "access.log"; }
  static std::vector<std::string> Lines(const std::filesystem::path& path) {
    std::ifstream in(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

  std::filesystem::path folder_;
};

TEST_F(AccessLogFile, KeepsEveryLineOfEveryThreadInOrder) {
  constexpr int kThreads = 4;
  constexpr int kLines = 2000;
  {
    const auto log = Open();
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&log, t] {
        AccessRecord record;
        record.remote = std::to_string(t);
        for (record.status = 0; record.status < kLines; ++record.status) log->Write(record);
      });
    }
    for (auto& thread : threads) thread.join();
  }
  std::map<std::string, int> next;
  for (const auto& line : Lines(file())) {
    const std::size_t remote = line.find("remote=") + 7;
    const std::string thread = line.substr(remote, 1);
    ASSERT_THAT(line, HasSubstr("status=" + std::to_string(next[thread]++) + " "));
  }
  EXPECT_EQ(next.size(), kThreads);
  for (const auto& [thread, count] : next) EXPECT_EQ(count, kLines);
}

TEST_F(AccessLogFile, FallingBehindHoldsWritersBackAndLosesNothing) {
  AccessRecord record;
  record.path = std::string(1000, 'p');
  record.user_agent = std::string(1000, 'u');
  constexpr std::size_t kLines = 10'000;  // 20 MB, more than may wait.
  {
    const auto log = Open();
    for (std::size_t i = 0; i < kLines; ++i) log->Write(record);
  }
  EXPECT_EQ(Lines(file()).size(), kLines);
}

TEST_F(AccessLogFile, AppendsAndIsPrivate) {
  Open()->Write(Query());
  Open()->Write(Query());
  EXPECT_EQ(Lines(file()).size(), 2U);
  struct stat info {};
  ASSERT_EQ(::stat(file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0137U, 0U);
}

TEST_F(AccessLogFile, ARotatedFileIsMadeAnew) {
  auto log = Open();
  std::filesystem::rename(file(), folder_ / "access.log.1");
  log->Write(Query());
  log.reset();
  EXPECT_EQ(Lines(file()).size(), 1U);
  EXPECT_TRUE(Lines(folder_ / "access.log.1").empty());
}

TEST_F(AccessLogFile, OpeningFailsWithThePlace) {
  const auto missing = OpenAccessLog({{folder_ / "none" / "log"}, AccessFormat::kText});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr((folder_ / "none" / "log").string()));
  EXPECT_FALSE(OpenAccessLog({{folder_}, AccessFormat::kText}));
}

}  // namespace
}  // namespace sluice::observe
