// Replay, refresh and time travel over logs written by hand.
#include "delta/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "delta/log_segment.h"
#include "delta/log_test_util.h"
#include "delta/replay.h"
#include "delta/version_checksum.h"

namespace sluice::delta {
namespace {

using testing::AddLine;
using testing::CountingStore;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kProtocolLine;
using testing::LiveFiles;
using testing::MetadataLine;
using testing::RemoveLine;
using testing::TestLog;

std::shared_ptr<Table> Open(const TestLog& log) {
  return Table::Make(log.store, {});
}

SnapshotPtr LatestOf(Table& table) {
  auto snapshot = table.Latest();
  if (!snapshot) {
    ADD_FAILURE() << snapshot.error().message;
    return nullptr;
  }
  return *snapshot;
}

Error LatestError(const TestLog& log) {
  const auto snapshot = Open(log)->Latest();
  if (snapshot) ADD_FAILURE() << "must be refused";
  return snapshot ? Error{} : snapshot.error();
}

TEST(ReplayTest, AddsAndRemoves) {
  TestLog log;
  log.Commit(0, {kProtocolLine, MetadataLine(), AddLine("a"), AddLine("b")});
  log.Commit(1, {RemoveLine("a"), AddLine("c", {.size = 32})});
  const auto snapshot = LatestOf(*Open(log));
  EXPECT_EQ(snapshot->version(), 1);
  EXPECT_EQ(snapshot->timestamp_ms(), 2000);
  EXPECT_EQ(snapshot->num_files(), 2);
  EXPECT_EQ(snapshot->size_bytes(), 42);
  EXPECT_EQ(snapshot->metadata().id, "t1");
  EXPECT_THAT(LiveFiles(*snapshot), ElementsAre("b", "c"));
}

TEST(ReplayTest, TheLaterLineOfACommitWins) {
  TestLog log;
  log.Commit(0, {kProtocolLine, MetadataLine()});
  log.Commit(1, {AddLine("a", {.size = 1}), AddLine("a", {.size = 2})});
  log.Commit(2, {AddLine("b"), RemoveLine("b"), RemoveLine("c"), AddLine("c")});
  const auto snapshot = LatestOf(*Open(log));
  EXPECT_THAT(LiveFiles(*snapshot), ElementsAre("a", "c"));
  EXPECT_EQ(snapshot->size_bytes(), 12);
}

TEST(ReplayTest, RemovedAndAddedAgain) {
  TestLog log;
  log.Commit(0, {kProtocolLine, MetadataLine(), AddLine("a", {.size = 1})});
  log.Commit(1, {RemoveLine("a")});
  log.Commit(2, {AddLine("a", {.size = 3})});
  EXPECT_EQ(LatestOf(*Open(log))->size_bytes(), 3);
  log.Commit(3, {RemoveLine("a")});
  EXPECT_EQ(LatestOf(*Open(log))->num_files(), 0);
}

TEST(ReplayTest, DeletionVectorsArePartOfTheKey) {
  TestLog log;
  log.Commit(0, {kProtocolLine, MetadataLine(), AddLine("a")});
  log.Commit(1, {AddLine("a", {.vector = "v1"}), RemoveLine("a")});
  const auto table = Open(log);
  EXPECT_THAT(LiveFiles(*LatestOf(*table)), ElementsAre("a dv=iv1"));
  log.Commit(2, {RemoveLine("a", "v1"), AddLine("a", {.vector = "v2"})});
  EXPECT_THAT(LiveFiles(*LatestOf(*table)), ElementsAre("a dv=iv2"));
  EXPECT_THAT(LiveFiles(*LatestOf(*Open(log))), ElementsAre("a dv=iv2"));
  const auto snapshot = LatestOf(*Open(log));
  const auto& batch = *snapshot->batches().front().files;
  EXPECT_EQ(batch.NumRecordsAt(0), 4) << "5 records less 1 deleted";
  EXPECT_EQ(snapshot->num_records(), 4);
  EXPECT_EQ(snapshot->num_records(), 4) << "asked again";
  log.Commit(3, {AddLine("b", {.records = -1})});
  EXPECT_EQ(LatestOf(*Open(log))->num_records(), std::nullopt);
}

TEST(ReplayTest, AbsolutePathsOfOneFileAreOneKey) {
  TestLog log;
  log.Commit(0, {kProtocolLine, MetadataLine(), AddLine("/data/a%20b"), AddLine("file:/data/c")});
  log.Commit(1, {RemoveLine("file:///data/a%20b")});
  EXPECT_THAT(LiveFiles(*LatestOf(*Open(log))), ElementsAre("file:/data/c"));
}

TEST(ReplayTest, PartitionValuesBecomeDictionaries) {
  TestLog log;
  log.Commit(0, {kProtocolLine, MetadataLine({"id", "p", "q"}, R"("p","q")"),
                 AddLine("a", {.partition_values = R"("q":"2","p":"1")"}),
                 AddLine("b", {.partition_values = R"("p":null,"q":"")"}),
                 AddLine("c", {.partition_values = R"("p":"1","other":"x")"})});
  const auto snapshot = LatestOf(*Open(log));
  const auto& batch = *snapshot->batches().front().files;
  ASSERT_EQ(batch.partition_values.size(), 2);
  EXPECT_EQ(batch.partition_values[0]->dictionary()->length(), 1);
  EXPECT_EQ(batch.PartitionValueAt(0, 0), "1");
  EXPECT_EQ(batch.PartitionValueAt(1, 0), "2");
  EXPECT_EQ(batch.PartitionValueAt(0, 1), std::nullopt);
  EXPECT_EQ(batch.PartitionValueAt(1, 1), "");
  EXPECT_EQ(batch.PartitionValueAt(0, 2), "1");
  EXPECT_EQ(batch.PartitionValueAt(1, 2), std::nullopt);
}

TEST(ReplayTest, BlankLinesAndCarriageReturns) {
  TestLog log;
  log.Put(CommitKey(0),
          "\r\n" + kProtocolLine + "\r\n\n" + MetadataLine() + "\r\n  \n" + AddLine("a"));
  log.Put(CommitKey(1), "");
  const auto snapshot = LatestOf(*Open(log));
  EXPECT_EQ(snapshot->version(), 1);
  EXPECT_THAT(LiveFiles(*snapshot), ElementsAre("a"));
}

TEST(RefreshTest, SharesTheBatchesOfTheSnapshotBefore) {
  TestLog log;
  log.Commit(0, {kProtocolLine, MetadataLine(), AddLine("a"), AddLine("b"), AddLine("c")});
  const auto table = Open(log);
  const auto first = LatestOf(*table);
  log.Commit(1, {AddLine("d")});
  const auto second = LatestOf(*table);
  ASSERT_EQ(second->batches().size(), 2);
  EXPECT_EQ(second->batches()[0].files, first->batches()[0].files);
  EXPECT_EQ(second->batches()[0].live, nullptr);

  log.Commit(2, {RemoveLine("b"), AddLine("e")});
  log.Commit(3, {RemoveLine("d")});
  const auto third = LatestOf(*table);
  EXPECT_EQ(third->version(), 3);
  EXPECT_EQ(third->batches()[0].files, first->batches()[0].files);
  EXPECT_EQ(third->batches()[1].files, second->batches()[1].files);
  EXPECT_THAT(LiveFiles(*third), ElementsAre("a", "c", "e"));
  EXPECT_EQ(third->size_bytes(), 30);
  EXPECT_EQ(third->num_files(), 3);
  // The older snapshots still say what they said.
  EXPECT_THAT(LiveFiles(*first), ElementsAre("a", "b", "c"));
  EXPECT_THAT(LiveFiles(*second), ElementsAre("a", "b", "c", "d"));
}

TEST(RefreshTest, NothingNewIsOneStat) {
  TestLog log;
  log.Appends(3);
  const auto store = std::make_shared<CountingStore>(log.store);
  const auto table = Table::Make(store, {});
  const auto first = LatestOf(*table);
  store->Reset();
  EXPECT_EQ(LatestOf(*table), first);
  EXPECT_EQ(table->LatestVersion().value(), 3);
  EXPECT_EQ(store->stats, 2);
  EXPECT_EQ(store->lists, 0);
  EXPECT_EQ(store->reads, 0);
}

TEST(RefreshTest, StalenessSparesTheStat) {
  TestLog log;
  log.Appends(1);
  const auto store = std::make_shared<CountingStore>(log.store);
  const auto table = Table::Make(store, {.max_staleness_ms = 3'600'000});
  LatestOf(*table);
  store->Reset();
  log.Commit(2, {AddLine("late")});
  EXPECT_EQ(LatestOf(*table)->version(), 1);
  EXPECT_EQ(store->stats, 0);
}

TEST(RefreshTest, FollowsChangesOfMetadata) {
  TestLog log;
  log.Commit(0, {kProtocolLine, MetadataLine({"id", "p"}, R"("p")"),
                 AddLine("a", {.partition_values = R"("p":"1","id":"i")"})});
  const auto table = Open(log);
  const auto first = LatestOf(*table);
  log.Commit(1, {MetadataLine({"id", "p", "new"}, R"("p")")});
  const auto second = LatestOf(*table);
  EXPECT_EQ(second->schema().fields.size(), 3);
  EXPECT_EQ(second->batches()[0].files, first->batches()[0].files);
  // Another partition column needs values that the old batches do not have.
  log.Commit(2, {MetadataLine({"id", "p", "new"}, R"("id")")});
  const auto third = LatestOf(*table);
  EXPECT_EQ(third->batches()[0].files->PartitionValueAt(0, 0), "i");
}

TEST(RefreshTest, AReplacedLogIsSeen) {
  TestLog log;
  log.Appends(3);
  const auto table = Table::Make(log.store, {.verify_every_ms = 0});
  EXPECT_THAT(LiveFiles(*LatestOf(*table)), ElementsAre("f1", "f2", "f3"));
  EXPECT_EQ(table->AtVersion(2).value()->num_files(), 2);
  log.Commit(2, {});
  log.Commit(3, {AddLine("other", {.size = 77})});
  EXPECT_THAT(LiveFiles(*LatestOf(*table)), ElementsAre("f1", "other"));
  EXPECT_EQ(table->AtVersion(2).value()->num_files(), 1);
  for (int version = 0; version <= 3; ++version) log.Remove(CommitKey(version));
  EXPECT_EQ(table->Latest().error().kind, ErrorKind::kNotFound);
}

TEST(RefreshTest, ALogCleanedUpPastWhatIsKnown) {
  TestLog log;
  log.Appends(3);
  const auto table = Table::Make(log.store, {.verify_every_ms = 0});
  EXPECT_EQ(LatestOf(*table)->version(), 3);
  for (int version = 0; version <= 3; ++version) log.Remove(CommitKey(version));
  log.Put(
      testing::CheckpointKey(9),
      testing::ParquetOf(testing::CheckpointSchema(),
                         {testing::kProtocolRow, testing::MetadataRow(), testing::AddRow("c")}));
  log.Commit(9, {});
  log.Commit(10, {AddLine("d")});
  const auto snapshot = LatestOf(*table);
  EXPECT_EQ(snapshot->version(), 10);
  EXPECT_THAT(LiveFiles(*snapshot), ElementsAre("c", "d"));
}

TEST(RefreshTest, AnErrorLeavesTheOldState) {
  TestLog log;
  log.Appends(2);
  const auto store = std::make_shared<CountingStore>(log.store);
  const auto table = Table::Make(store, {});
  LatestOf(*table);
  log.Commit(3, {AddLine("x"), R"({"add":{"path":"y","si)"});
  const auto broken = table->Latest();
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(broken.error().message, HasSubstr("_delta_log/00000000000000000003.json line 2: "));
  EXPECT_EQ(table->AtVersion(2).value()->version(), 2);

  store->fail_with = ErrorKind::kUnavailable;
  EXPECT_EQ(table->Latest().error().kind, ErrorKind::kUnavailable);
  store->fail_with.reset();
  log.Commit(3, {AddLine("x"), RemoveLine("f1")});
  EXPECT_THAT(LiveFiles(*LatestOf(*table)), ElementsAre("f2", "x"));
}

TEST(RefreshTest, RefusesAProtocolThatCannotBeRead) {
  TestLog log;
  log.Appends(1);
  const auto table = Open(log);
  LatestOf(*table);
  log.Commit(2, {R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,)"
                 R"("readerFeatures":["catalogManaged"],"writerFeatures":["catalogManaged"]}})"});
  const auto refused = table->Latest();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("catalogManaged"));
}

TEST(RefreshTest, ManySmallCommitsAreMerged) {
  TestLog log;
  log.Appends(0);
  const auto table = Open(log);
  std::multiset<std::string> expected;
  for (int version = 1; version <= 300; ++version) {
    std::vector<std::string> lines = {AddLine(fmt::format("f{}", version))};
    expected.insert(fmt::format("f{}", version));
    if (version % 3 == 0) {
      lines.push_back(RemoveLine(fmt::format("f{}", version - 1)));
      expected.erase(fmt::format("f{}", version - 1));
    }
    log.Commit(version, lines);
    ASSERT_EQ(LatestOf(*table)->num_files(), static_cast<std::int64_t>(expected.size()));
  }
  const auto snapshot = LatestOf(*table);
  EXPECT_LT(snapshot->batches().size(), 40);
  EXPECT_EQ(LiveFiles(*snapshot), expected);
  EXPECT_EQ(snapshot->size_bytes(), 10 * static_cast<std::int64_t>(expected.size()));
}

TEST(RefreshTest, ManyThreadsWhileCommitsAppear) {
  TestLog log;
  log.Appends(1);
  const auto table = Open(log);
  constexpr std::int64_t kLast = 60;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 6; ++i) {
    readers.emplace_back([&] {
      std::int64_t version = 0;
      while (version < kLast) {
        const auto snapshot = table->Latest();
        // Versions only grow, and every snapshot is whole: one file a version.
        if (!snapshot || (*snapshot)->version() < version ||
            static_cast<std::int64_t>(LiveFiles(**snapshot).size()) != (*snapshot)->version()) {
          ++wrong;
          return;
        }
        version = (*snapshot)->version();
        if (table->memory_bytes() <= 0) ++wrong;
      }
    });
  }
  for (std::int64_t version = 2; version <= kLast; ++version) {
    log.Commit(version, {AddLine(fmt::format("f{}", version))});
    // Whoever asks after a commit sees it, however many others are asking.
    EXPECT_GE(table->Latest().value()->version(), version);
  }
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

TEST(RefreshTest, ConcurrentFirstCallsLoadOnce) {
  TestLog log;
  log.Appends(5);
  const auto store = std::make_shared<CountingStore>(log.store);
  const auto table = Table::Make(store, {});
  std::vector<std::thread> readers;
  for (int i = 0; i < 8; ++i) {
    readers.emplace_back([&] { EXPECT_EQ(table->Latest().value()->version(), 5); });
  }
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(store->lists, 1);
}

TEST(TimeTravelTest, ByVersion) {
  TestLog log;
  log.Appends(4);
  const auto table = Open(log);
  EXPECT_THAT(LiveFiles(*table->AtVersion(2).value()), ElementsAre("f1", "f2"));
  EXPECT_EQ(table->AtVersion(2).value(), table->AtVersion(2).value()) << "kept";
  EXPECT_EQ(table->AtVersion(0).value()->num_files(), 0);
  EXPECT_EQ(table->AtVersion(-1).error().kind, ErrorKind::kInvalidArgument);
  const auto late = table->AtVersion(5);
  EXPECT_EQ(late.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(late.error().message, HasSubstr("versions 0 to 4"));
  const auto latest = LatestOf(*table);
  EXPECT_EQ(table->AtVersion(4).value(), latest);
}

TEST(TimeTravelTest, ByTimestamp) {
  TestLog log;
  log.Appends(3);  // At 1000, 2000, 3000 and 4000.
  const auto table = Open(log);
  EXPECT_EQ(table->VersionAtTimestamp(1000).value(), 0);
  EXPECT_EQ(table->VersionAtTimestamp(2999).value(), 1);
  EXPECT_EQ(table->VersionAtTimestamp(4000).value(), 3);
  EXPECT_EQ(table->VersionAtTimestamp(999).error().kind, ErrorKind::kInvalidArgument);
  const auto late = table->VersionAtTimestamp(4001);
  EXPECT_EQ(late.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(late.error().message, HasSubstr("1970-01-01T00:00:04.000Z (version 3)"));
  EXPECT_EQ(table->FirstVersionSince(0).value(), 0);
  EXPECT_EQ(table->FirstVersionSince(2000).value(), 1);
  EXPECT_EQ(table->FirstVersionSince(2001).value(), 2);
  EXPECT_EQ(table->FirstVersionSince(4001).error().kind, ErrorKind::kInvalidArgument);
}

std::string InCommit(std::int64_t millis) {
  return fmt::format(R"({{"commitInfo":{{"inCommitTimestamp":{}}}}})", millis);
}

TEST(TimeTravelTest, InCommitTimestampsCountFromWhereTheyBegin) {
  TestLog log;
  log.Commit(0, {kProtocolLine, MetadataLine()}, 1000);
  log.Commit(1, {AddLine("a")}, 2000);
  log.Commit(
      2,
      {InCommit(5000), MetadataLine({"id"}, "",
                                    R"("delta.enableInCommitTimestamps":"true",)"
                                    R"("delta.inCommitTimestampEnablementVersion":"2",)"
                                    R"("delta.inCommitTimestampEnablementTimestamp":"5000")")},
      99);
  log.Commit(3, {InCommit(6000), AddLine("b")}, 98);
  log.Commit(4, {InCommit(7000), AddLine("c")}, 97);
  const auto table = Open(log);
  EXPECT_EQ(LatestOf(*table)->timestamp_ms(), 7000);
  EXPECT_EQ(table->AtVersion(3).value()->timestamp_ms(), 6000);
  EXPECT_EQ(table->AtVersion(1).value()->timestamp_ms(), 2000);
  EXPECT_EQ(table->VersionAtTimestamp(4999).value(), 1);
  EXPECT_EQ(table->VersionAtTimestamp(5000).value(), 2);
  EXPECT_EQ(table->VersionAtTimestamp(6999).value(), 3);
  EXPECT_EQ(table->VersionAtTimestamp(7000).value(), 4);
  EXPECT_EQ(table->FirstVersionSince(2001).value(), 2);
  EXPECT_EQ(table->FirstVersionSince(6001).value(), 4);
  EXPECT_EQ(table->VersionAtTimestamp(7001).error().kind, ErrorKind::kInvalidArgument);
}

TEST(DamageTest, NoTable) {
  TestLog log;
  EXPECT_EQ(LatestError(log).kind, ErrorKind::kNotFound);
  EXPECT_FALSE(IsTable(*log.store).value());
  log.Put("_delta_log/00000000000000000000.crc", "{}");
  EXPECT_EQ(LatestError(log).kind, ErrorKind::kNotFound);
  log.Appends(0);
  EXPECT_TRUE(IsTable(*log.store).value());
}

std::string Checksum(std::int64_t files, std::int64_t bytes) {
  return fmt::format(R"({{"tableSizeBytes":{},"numFiles":{},"numMetadata":1}})", bytes, files);
}

Status Verify(const TestLog& log, std::int64_t version) {
  const auto listing = ListLog(*log.store, 0).value();
  const auto parts = LoadVersion(*log.store, listing, version, {.max_bytes = 1 << 20}).value();
  for (const auto& checksum : listing.checksums) {
    if (checksum.version != version) continue;
    const auto said = ReadChecksum(*log.store, checksum);
    if (!said) return Fail(said.error());
    if (!*said) return {};
    const auto same = CompareChecksum(**said, parts);
    return same ? Status() : Fail(same.error().At(checksum.meta.key));
  }
  return Fail(ErrorKind::kNotFound, "no checksum");
}

TEST(ChecksumTest, IsComparedWithTheFilesOfItsVersion) {
  TestLog log;
  log.Appends(3);
  log.Put("_delta_log/00000000000000000003.crc", Checksum(3, 30));
  log.Put("_delta_log/00000000000000000002.crc", Checksum(99, 1));
  EXPECT_TRUE(Verify(log, 3));
  const auto wrong = Verify(log, 2);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(wrong.error().message, HasSubstr("00000000000000000002.crc"));
  EXPECT_THAT(wrong.error().message, HasSubstr("the log has 2 files of 20 bytes"));
  EXPECT_FALSE(Verify(log, 1));
}

TEST(ChecksumTest, OneThatContradictsDoesNotKeepTheTableFromBeingRead) {
  TestLog log;
  log.Appends(3);
  log.Put("_delta_log/00000000000000000003.crc", Checksum(4, 30));
  EXPECT_EQ(Table::Make(log.store, {})->Latest().value()->num_files(), 3);
}

TEST(ChecksumTest, OneThatSaysNothingIsPassedOver) {
  TestLog log;
  log.Appends(3);
  for (const char* text : {"", "{}", "[1]", R"({"numFiles":"3"})", "\xff\xfe"}) {
    log.Put("_delta_log/00000000000000000003.crc", text);
    EXPECT_TRUE(Verify(log, 3)) << text;
  }
}

TEST(DamageTest, NoProtocolOrMetadata) {
  TestLog log;
  log.Commit(0, {MetadataLine()});
  EXPECT_EQ(LatestError(log).kind, ErrorKind::kCorrupt);
  EXPECT_THAT(LatestError(log).message, HasSubstr("no protocol action"));
  log.Commit(0, {kProtocolLine});
  EXPECT_THAT(LatestError(log).message, HasSubstr("no metaData action"));
}

TEST(DamageTest, Gaps) {
  TestLog log;
  log.Appends(6);
  log.Remove(CommitKey(5));
  EXPECT_EQ(LatestError(log).kind, ErrorKind::kDataMissing);
  EXPECT_THAT(LatestError(log).message, HasSubstr("commit 5 is missing: the log has 4 and 6"));
  EXPECT_EQ(Open(log)->LatestVersion().error().kind, ErrorKind::kDataMissing);
  EXPECT_EQ(Open(log)->AtVersion(4).value()->version(), 4);
}

TEST(DamageTest, ACommitPastTheLimitIsRefused) {
  TestLog log;
  log.Appends(2);
  const auto table = Table::Make(log.store, {.max_commit_bytes = 100});
  EXPECT_EQ(table->Latest().error().kind, ErrorKind::kTooLarge);
}

TEST(DamageTest, SchemaAndFormatAreChecked) {
  TestLog log;
  log.Commit(0, {kProtocolLine, R"({"metaData":{"id":"t","schemaString":"{nonsense"}})"});
  EXPECT_EQ(LatestError(log).kind, ErrorKind::kCorrupt);
  log.Commit(0, {kProtocolLine, R"({"metaData":{"id":"t","format":{"provider":"orc"}}})"});
  EXPECT_EQ(LatestError(log).kind, ErrorKind::kUnsupported);
}

TEST(LastCheckpointTest, IsOnlyAHint) {
  for (const char* hint : {"", "nonsense", "{}", R"({"version":"3"})", R"({"version":-1})",
                           R"({"version":2,"size":1})", R"({"version":99999999})", "\xff\xff"}) {
    TestLog log;
    log.Appends(3);
    log.Put(std::string(kLastCheckpointKey), hint);
    EXPECT_EQ(LatestOf(*Open(log))->num_files(), 3) << hint;
    EXPECT_EQ(Open(log)->LatestVersion().value(), 3) << hint;
  }
}

TEST(AtHandTest, IsTheNewestVersionOrNothing) {
  TestLog log;
  log.Commit(0, {kProtocolLine, MetadataLine(), AddLine("a")});
  const auto table = Table::Make(log.store, {.store_at_hand = true});
  EXPECT_EQ(table->LatestAtHand(), nullptr);
  EXPECT_EQ(table->LatestVersionAtHand(), std::nullopt);
  EXPECT_EQ(table->LatestVersion(), 0);
  EXPECT_EQ(table->LatestVersionAtHand(), 0);
  EXPECT_EQ(table->LatestAtHand(), nullptr);
  const auto loaded = LatestOf(*table);
  EXPECT_EQ(table->LatestAtHand(), loaded);
  log.Commit(1, {AddLine("b")});
  EXPECT_EQ(table->LatestAtHand(), nullptr);
  EXPECT_EQ(table->LatestVersionAtHand(), std::nullopt);
  EXPECT_EQ(LatestOf(*table)->version(), 1);
  EXPECT_EQ(table->LatestVersionAtHand(), 1);
}

TEST(AtHandTest, AsksNoStoreThatIsSomeWayOff) {
  TestLog log;
  log.Commit(0, {kProtocolLine, MetadataLine(), AddLine("a")});
  const auto table = Table::Make(log.store, {});
  LatestOf(*table);
  EXPECT_EQ(table->LatestAtHand(), nullptr);
  // What may be stale needs no question.
  const auto stale = Table::Make(log.store, {.max_staleness_ms = 60'000});
  const auto loaded = LatestOf(*stale);
  EXPECT_EQ(stale->LatestAtHand(), loaded);
}

TEST(AtHandTest, LeavesItToOthersToSeeThatALogWasReplaced) {
  TestLog log;
  log.Commit(0, {kProtocolLine, MetadataLine(), AddLine("a")});
  const auto table = Table::Make(log.store, {.verify_every_ms = 0, .store_at_hand = true});
  LatestOf(*table);
  EXPECT_EQ(table->LatestAtHand(), nullptr);
}

TEST(AtHandTest, IsNothingWhereTheStoreFails) {
  TestLog log;
  log.Commit(0, {kProtocolLine, MetadataLine(), AddLine("a")});
  const auto store = std::make_shared<CountingStore>(log.store);
  const auto table = Table::Make(store, {.store_at_hand = true});
  LatestOf(*table);
  store->fail_with = ErrorKind::kUnavailable;
  EXPECT_EQ(table->LatestAtHand(), nullptr);
}

}  // namespace
}  // namespace sluice::delta
