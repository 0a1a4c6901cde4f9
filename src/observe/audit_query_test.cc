#include "observe/audit_query.h"

#include <gmock/gmock.h>

#include "observe/access_log.h"

namespace sluice::observe {
namespace {

using testing::HasSubstr;

std::string Record(std::string table = "sales.eu.orders", std::string denied = "") {
  AccessRecord record;
  record.time_ms = 1'600'000'000'000;
  record.request_id = "r1";
  record.remote = "192.0.2.1:5";
  record.recipient = "ada";
  record.endpoint = "query";
  record.status = denied.empty() ? 200 : 404;
  record.table = std::move(table);
  record.version = 3;
  record.files = 7;
  record.denied = std::move(denied);
  return FormatAccessRecord(record, AccessFormat::kJson);
}

bool Matches(const AuditQuestion& question, const std::string& line = Record()) {
  return JudgeAuditLine(line, question).matches;
}

TEST(AuditQuery, RecipientsTablesAndTimes) {
  EXPECT_TRUE(Matches({}));
  EXPECT_TRUE(Matches({"ada"}));
  EXPECT_FALSE(Matches({"ad"}));
  for (const char* table : {"sales", "SALES", "sales.eu", "sales.eu.orders"}) {
    EXPECT_TRUE(Matches({"", table})) << table;
  }
  for (const char* table : {"sale", "sales.e", "sales.eu.orders.x", "eu"}) {
    EXPECT_FALSE(Matches({"", table})) << table;
  }
  AuditQuestion times;
  times.since_ms = 1'600'000'000'000;
  EXPECT_TRUE(Matches(times));
  times.until_ms = 1'600'000'000'000;
  EXPECT_FALSE(Matches(times));
  times.since_ms = 1'600'000'000'001;
  times.until_ms.reset();
  EXPECT_FALSE(Matches(times));
}

TEST(AuditQuery, Refusals) {
  AuditQuestion denied;
  denied.denied = true;
  EXPECT_FALSE(Matches(denied));
  const auto answer = JudgeAuditLine(Record("a.b.c", "no grant\x1b[2J on share a\xC2\x9B"), denied);
  EXPECT_TRUE(answer.matches);
  EXPECT_THAT(answer.text, testing::EndsWith("denied: no grant [2J on share a "));
  EXPECT_THAT(answer.text, HasSubstr("ada"));
}

TEST(AuditQuery, Changes) {
  AccessRecord record;
  record.time_ms = 1'600'000'000'000;
  record.request_id = "r1";
  record.admin = "zoe";
  record.change = "grant";
  record.target = "ada/sales.eu";
  record.detail = "country = 'DE'";
  const std::string granted = FormatAccessRecord(record, AccessFormat::kJson);
  const std::string dropped =
      FormatCatalogChange({1'600'000'000'000, "command of user 0", 9, "drop share", "sales", ""});
  AuditQuestion changes;
  changes.changes = true;
  EXPECT_THAT(JudgeAuditLine(granted, changes).text,
              testing::AllOf(HasSubstr(" zoe "), HasSubstr(" ada/sales.eu "),
                             testing::EndsWith("changed: grant, country = 'DE'")));
  EXPECT_THAT(JudgeAuditLine(dropped, changes).text,
              testing::AllOf(HasSubstr(" command of user 0 "), HasSubstr(" v9 "),
                             testing::EndsWith("changed: drop share")));
  EXPECT_FALSE(Matches(changes));
  // An admin is no recipient of the same name.
  EXPECT_FALSE(Matches({"zoe"}, granted));
  AuditQuestion zoe;
  zoe.admin = "zoe";
  EXPECT_TRUE(Matches(zoe, granted));
  EXPECT_FALSE(Matches(zoe, dropped));
  record.error = "recipient 'ada' does not exist";
  EXPECT_THAT(JudgeAuditLine(FormatAccessRecord(record, AccessFormat::kJson), changes).text,
              testing::EndsWith("failed: recipient 'ada' does not exist"));
}

TEST(AuditQuery, WhatIsNoRecordIsSaidSo) {
  for (const char* line : {"", "x", "{}", R"({"time":"2020-09-13T12:26:40Z"})", "[1]",
                           R"({"time":"2020-09-13T12:26:40Z","requ)"}) {
    EXPECT_FALSE(JudgeAuditLine(line, {}).is_record) << line;
  }
}

}  // namespace
}  // namespace sluice::observe
