#include "serve_audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/encoding.h"
#include "base/hash.h"

namespace sluice::apps {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FixedClock : public Clock {
 public:
  std::int64_t NowMillis() const override { return 1'700'000'000'000; }
};

class ServeAuditTest : public testing::Test {
 protected:
  ~ServeAuditTest() override { fs::remove_all(folder_); }

  std::unique_ptr<catalog::rows::AuditStore> Open() {
    auto opened = OpenAuditStore({folder_.string(), ""});
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }
  static observe::AccessRecord Record(std::int64_t time_ms, const std::string& id) {
    observe::AccessRecord record;
    record.time_ms = time_ms;
    record.request_id = id;
    return record;
  }

  const FixedClock clock_{};
  const fs::path folder_ =
      fs::temp_directory_path() / ("sluice-audit-" + HexEncode(RandomBytes(8)));
};

TEST_F(ServeAuditTest, RecordsAreRowsWhateverTheyHold) {
  auto record = Record(clock_.NowMillis(), "r1");
  record.recipient = "ann";
  record.table = std::string("s.c.\xFF\0x", 8);
  record.path = "/\x01'; DROP TABLE sluice_audit; --";
  record.denied = "no grant";
  KeepAudit(Open(), 1000, clock_)->Write(record);
  const auto rows = Open()->Select({{}, {}, "ann", "", true}, 10);
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->front().request_id, "r1");
  EXPECT_TRUE(IsUtf8(rows->front().table));
  EXPECT_THAT(rows->front().table, HasSubstr("s.c."));
  EXPECT_TRUE(rows->front().line.starts_with('{') && rows->front().line.ends_with('}'));
  EXPECT_THAT(rows->front().line, HasSubstr(R"("no grant")"));
}

TEST_F(ServeAuditTest, WhatIsOldEndsWhenTheServerStarts) {
  std::vector<catalog::rows::AuditRow> rows(2);
  rows[0].at_ms = clock_.NowMillis() - 1001;
  rows[1].at_ms = clock_.NowMillis() - 1000;
  ASSERT_TRUE(Open()->Append(rows));
  const auto queue = KeepAudit(Open(), 1000, clock_);
  queue->Write(Record(clock_.NowMillis(), "new"));
  const auto watching = Open();
  // The new one is stored behind the tidying.
  for (bool there = false; !there;) {
    const auto found = watching->Select({{}, {}, "", "new"}, 1);
    ASSERT_TRUE(found) << found.error().message;
    there = !found->empty();
  }
  EXPECT_EQ(watching->Select({}, 10)->size(), 2U);
}

TEST_F(ServeAuditTest, NeedsACatalogThatIsManaged) {
  EXPECT_FALSE(HasAuditStore({"/nowhere", ""}));
  EXPECT_EQ(OpenAuditStore({}).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_EQ(OpenAuditStore({"a", "postgresql://h/d"}).error().kind, ErrorKind::kInvalidArgument);
}

}  // namespace
}  // namespace sluice::apps
