#include "delta/log_segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delta/commit_times.h"
#include "delta/log_test_util.h"

namespace sluice::delta {
namespace {

using ::testing::HasSubstr;
using testing::TestLog;

constexpr std::size_t kAll = 1000;

std::optional<LogFile> Parse(std::string_view name) {
  return ParseLogFile({.key = std::string(kLogPrefix) + std::string(name)});
}

TEST(LogFileTest, KnowsTheFilesOfTheLog) {
  EXPECT_EQ(Parse("00000000000000000007.json")->version, 7);
  EXPECT_EQ(Parse("00000000000000000007.checkpoint.parquet")->kind,
            LogFile::Kind::kClassicCheckpoint);
  const auto part = Parse("00000000000000000007.checkpoint.0000000002.0000000003.parquet");
  EXPECT_EQ(part->kind, LogFile::Kind::kMultiPart);
  EXPECT_EQ(part->part, 2);
  EXPECT_EQ(part->parts, 3);
  const std::string uuid = "80a083e8-7026-4e79-81be-64bd76c43a11";
  EXPECT_EQ(Parse("00000000000000000007.checkpoint." + uuid + ".json")->kind,
            LogFile::Kind::kUuidJson);
  EXPECT_EQ(Parse("00000000000000000007.checkpoint." + uuid + ".parquet")->kind,
            LogFile::Kind::kUuidParquet);
  EXPECT_EQ(Parse("00000000000000000007.crc")->kind, LogFile::Kind::kChecksum);
  EXPECT_EQ(CommitKey(7), "_delta_log/00000000000000000007.json");
}

TEST(LogFileTest, PassesOverEverythingElse) {
  for (const char* name :
       {"7.json", "7.crc", "00000000000000000007.json.tmp", "_last_checkpoint",
        "00000000000000000007.00000000000000000009.compacted.json", "-0000000000000000007.json",
        "00000000000000000007.checkpoint.json", "99999999999999999999.json",
        "00000000000000000007.checkpoint.0000000004.0000000003.parquet",
        "00000000000000000007.checkpoint.0000000000.0000000003.parquet",
        "00000000000000000007.checkpoint.0000000001.0999999999.parquet",
        "00000000000000000007.checkpoint.not-a-uuid.parquet", "00000000000000000007.checkpoint.",
        "00000000000000000007."}) {
    EXPECT_FALSE(Parse(name)) << name;
  }
}

std::string Part(std::int64_t version, int part, int parts) {
  return fmt::format("{}.checkpoint.{:010}.{:010}.parquet", VersionKey(version), part, parts);
}

TEST(LogSegmentTest, BeginsAtTheNewestCompleteCheckpoint) {
  TestLog log;
  log.Appends(9);
  log.Put(testing::CheckpointKey(3), "x");
  for (const int part : {1, 2, 3}) log.Put(Part(5, part, 3), "x");
  for (const int part : {1, 3}) log.Put(Part(7, part, 3), "x");
  const auto listing = ListLog(*log.store, 0).value();
  EXPECT_EQ(listing.LastVersion(), 9);
  EXPECT_THAT(listing.incomplete, ::testing::ElementsAre(7));

  const auto segment = ChooseSegment(listing, 9, kAll).value();
  EXPECT_EQ(segment.checkpoint->version, 5);
  EXPECT_EQ(segment.checkpoint->files.size(), 3);
  EXPECT_EQ(segment.commits.size(), 4);
  EXPECT_EQ(segment.last_commit->key, CommitKey(9));
  EXPECT_EQ(ChooseSegment(listing, 9, segment.checkpoint_index)->checkpoint->version, 3);
  EXPECT_EQ(ChooseSegment(listing, 4, kAll)->checkpoint->version, 3);
  EXPECT_FALSE(ChooseSegment(listing, 2, kAll)->checkpoint);
  EXPECT_EQ(ChooseSegment(listing, 5, kAll)->commits.size(), 0);
}

TEST(LogSegmentTest, NamesGaps) {
  TestLog log;
  log.Appends(6);
  log.Remove(CommitKey(5));
  const auto listing = ListLog(*log.store, 0).value();
  const auto gap = ChooseSegment(listing, 6, kAll);
  ASSERT_FALSE(gap);
  EXPECT_EQ(gap.error().kind, ErrorKind::kDataMissing);
  EXPECT_THAT(gap.error().message, HasSubstr("commit 5 is missing: the log has 4 and 6"));
  EXPECT_TRUE(ChooseSegment(listing, 4, kAll));
  EXPECT_EQ(OldestVersion(listing), std::nullopt);
}

TEST(LogSegmentTest, NamesAMissingBeginning) {
  TestLog log;
  log.Appends(6);
  for (const int version : {0, 1, 2}) log.Remove(CommitKey(version));
  log.Put(Part(4, 1, 2), "x");
  const auto gap = ChooseSegment(ListLog(*log.store, 0).value(), 6, kAll);
  ASSERT_FALSE(gap);
  EXPECT_THAT(gap.error().message, HasSubstr("the log begins at commit 3"));
  EXPECT_THAT(gap.error().message, HasSubstr("parts of checkpoint 4 are missing"));
}

TEST(LogSegmentTest, OldestVersionThatCanBeRebuilt) {
  TestLog log;
  log.Appends(8);
  EXPECT_EQ(OldestVersion(ListLog(*log.store, 0).value()), 0);
  log.Put(testing::CheckpointKey(4), "x");
  for (const int version : {0, 1, 2}) log.Remove(CommitKey(version));
  EXPECT_EQ(OldestVersion(ListLog(*log.store, 0).value()), 4);
  log.Remove(CommitKey(3));
  log.Remove(CommitKey(4));
  EXPECT_EQ(OldestVersion(ListLog(*log.store, 0).value()), 4);
}

TEST(CommitTimesTest, FileTimesAreMadeMonotonic) {
  TestLog log;
  const std::int64_t modified[] = {5000, 4000, 4500, 9000};
  for (int version = 0; version < 4; ++version) log.Commit(version, {}, modified[version]);
  std::vector<std::int64_t> times;
  for (const auto& time : FileTimes(ListLog(*log.store, 0).value())) times.push_back(time.millis);
  EXPECT_THAT(times, ::testing::ElementsAre(5000, 5001, 5002, 9000));
}

}  // namespace
}  // namespace sluice::delta
