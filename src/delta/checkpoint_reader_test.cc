// Checkpoints of every kind below hand-written commits.
#include "delta/checkpoint_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delta/log_test_util.h"
#include "delta/table.h"

namespace sluice::delta {
namespace {

using testing::AddLine;
using testing::AddRow;
using testing::AddType;
using testing::CheckpointKey;
using testing::CheckpointSchema;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kProtocolLine;
using testing::kProtocolRow;
using testing::LiveFiles;
using testing::MetadataLine;
using testing::MetadataRow;
using testing::ParquetOf;
using testing::RemoveLine;
using testing::RemoveRow;
using testing::TestLog;

Result<SnapshotPtr> LatestOf(const TestLog& log, ThreadPool* pool = nullptr) {
  return Table::Make(log.store, {.pool = pool})->Latest();
}

std::string PartKey(std::int64_t version, int part, int parts) {
  return fmt::format("{}.checkpoint.{:010}.{:010}.parquet", VersionKey(version), part, parts);
}

/// A log whose early commits are gone.
TestLog WithCheckpoint(const std::vector<std::string>& rows) {
  TestLog log;
  log.Put(CheckpointKey(5), ParquetOf(CheckpointSchema(), rows), 5000);
  log.Commit(5, {});
  return log;
}

TEST(CheckpointTest, FilesOfACheckpointAndOfTheCommitsAfterIt) {
  auto log = WithCheckpoint(
      {kProtocolRow, AddRow("a"), RemoveRow("gone"), AddRow("b"), MetadataRow(), AddRow("c")});
  log.Commit(6, {RemoveLine("b"), AddLine("d"), AddLine("c", {.size = 99})});
  const auto snapshot = LatestOf(log).value();
  EXPECT_EQ(snapshot->version(), 6);
  EXPECT_THAT(LiveFiles(*snapshot), ElementsAre("a", "c", "d"));
  EXPECT_EQ(snapshot->size_bytes(), 10 + 10 + 99);
  EXPECT_EQ(snapshot->protocol().min_writer_version, 2);
}

TEST(CheckpointTest, RowsThatAreNoFilesCostNoCopy) {
  const auto log = WithCheckpoint({kProtocolRow, MetadataRow(), AddRow("a"), AddRow("b")});
  const auto snapshot = LatestOf(log).value();
  ASSERT_EQ(snapshot->batches().size(), 1);
  EXPECT_EQ(snapshot->batches()[0].files->num_rows(), 4);
  EXPECT_EQ(snapshot->num_files(), 2);
}

TEST(CheckpointTest, MostlyTombstonesAreCopiedAway) {
  std::vector<std::string> rows = {kProtocolRow, MetadataRow("\"p\""),
                                   AddRow("a", R"(["p","1"])",
                                          R"(,"deletionVector":{"storageType":"u",)"
                                          R"("pathOrInlineDv":"x","offset":3,"sizeInBytes":4,)"
                                          R"("cardinality":5})")};
  for (int i = 0; i < 40; ++i) rows.push_back(RemoveRow(fmt::format("r{}", i)));
  const auto snapshot = LatestOf(WithCheckpoint(rows)).value();
  ASSERT_EQ(snapshot->batches().size(), 1);
  const auto& batch = *snapshot->batches()[0].files;
  EXPECT_EQ(batch.num_rows(), 1);
  EXPECT_EQ(batch.PartitionValueAt(0, 0), "1");
  EXPECT_EQ(batch.DeletionVectorAt(0)->UniqueId(), "ux@3");
}

TEST(CheckpointTest, PartitionValuesInAnyOrder) {
  const auto log = WithCheckpoint({kProtocolRow, MetadataRow(R"("p","q")"),
                                   AddRow("a", R"(["p","1"],["q","2"])"),
                                   AddRow("b", R"(["q","3"],["p",null])"), AddRow("c", "")});
  const auto snapshot = LatestOf(log).value();
  const auto& batch = *snapshot->batches()[0].files;
  EXPECT_EQ(batch.PartitionValueAt(0, 2), "1");
  EXPECT_EQ(batch.PartitionValueAt(1, 2), "2");
  EXPECT_EQ(batch.PartitionValueAt(0, 3), std::nullopt);
  EXPECT_EQ(batch.PartitionValueAt(1, 3), "3");
  EXPECT_EQ(batch.PartitionValueAt(1, 4), std::nullopt);
}

TEST(CheckpointTest, DeletionVectorsOfCheckpointRowsAreKeys) {
  const std::string vector =
      R"(,"deletionVector":{"storageType":"i","pathOrInlineDv":"v1","sizeInBytes":4,"cardinality":1})";
  auto log = WithCheckpoint({kProtocolRow, MetadataRow(), AddRow("a", "", vector), AddRow("b")});
  log.Commit(6, {RemoveLine("a")});
  EXPECT_THAT(LiveFiles(*LatestOf(log).value()), ElementsAre("a dv=iv1", "b"));
  log.Commit(7, {RemoveLine("a", "v1")});
  EXPECT_THAT(LiveFiles(*LatestOf(log).value()), ElementsAre("b"));
}

TEST(CheckpointTest, PartsAndRowGroupsSideBySide) {
  TestLog log;
  std::multiset<std::string> expected;
  constexpr int kParts = 3;
  for (int part = 1; part <= kParts; ++part) {
    std::vector<std::string> rows;
    if (part == 2) rows = {kProtocolRow, MetadataRow()};
    for (int i = 0; i < 500; ++i) {
      expected.insert(fmt::format("part{}-{}", part, i));
      rows.push_back(AddRow(fmt::format("part{}-{}", part, i)));
    }
    log.Put(PartKey(5, part, kParts), ParquetOf(CheckpointSchema(), rows, 64), 5000);
  }
  ThreadPool pool(3);
  EXPECT_EQ(LiveFiles(*LatestOf(log, &pool).value()), expected);
  EXPECT_EQ(LatestOf(log).value()->timestamp_ms(), 5000) << "of the checkpoint, without a commit";
}

TEST(CheckpointTest, AnIncompleteOneIsNotUsed) {
  TestLog log;
  log.Appends(6);
  log.Put(PartKey(5, 1, 2), ParquetOf(CheckpointSchema(), {kProtocolRow, MetadataRow()}));
  log.Put(std::string(kLastCheckpointKey), R"({"version":5,"size":2,"parts":2})");
  EXPECT_EQ(LatestOf(log).value()->num_files(), 6);
}

TEST(CheckpointTest, ADamagedOneIsPassedOverWhereOlderFilesDo) {
  TestLog log;
  log.Appends(6);
  const auto whole = ParquetOf(CheckpointSchema(), {kProtocolRow, MetadataRow(), AddRow("x")});
  for (const std::string& bytes : {std::string("PAR1"), whole.substr(0, whole.size() / 2),
                                   std::string(), whole.substr(0, 40) + whole.substr(60)}) {
    log.Put(CheckpointKey(5), bytes);
    log.Put(std::string(kLastCheckpointKey), R"({"version":5,"size":3})");
    const auto snapshot = LatestOf(log);
    ASSERT_TRUE(snapshot) << snapshot.error().message;
    EXPECT_EQ((*snapshot)->num_files(), 6);
  }
  log.Remove(CommitKey(0));
  const auto lost = LatestOf(log);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(lost.error().message, HasSubstr(CheckpointKey(5)));
}

TEST(CheckpointTest, AStaleHintIsNoHarm) {
  auto log = WithCheckpoint({kProtocolRow, MetadataRow(), AddRow("a")});
  log.Put(std::string(kLastCheckpointKey), R"({"version":3,"size":3})");
  EXPECT_EQ(LatestOf(log).value()->version(), 5);
  log.Put(std::string(kLastCheckpointKey), R"({"version":77,"size":3})");
  EXPECT_EQ(LatestOf(log).value()->version(), 5);
}

TEST(CheckpointTest, MissingColumnsAndValuesAreNamed) {
  const auto without_size = arrow::struct_({arrow::field("path", arrow::utf8())});
  TestLog log;
  log.Put(CheckpointKey(5), ParquetOf(CheckpointSchema(without_size),
                                      {kProtocolRow, MetadataRow(), R"({"add":{"path":"a"}})"}));
  auto refused = LatestOf(log);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(refused.error().message, HasSubstr("add.size"));

  refused = LatestOf(WithCheckpoint(
      {kProtocolRow, MetadataRow(),
       R"({"add":{"path":"a","partitionValues":[],"size":null,"modificationTime":1}})"}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kCorrupt);

  refused = LatestOf(WithCheckpoint({MetadataRow(), AddRow("a")}));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("no protocol action"));
}

TEST(CheckpointTest, OtherStringAndIntegerTypesAreRead) {
  const auto add = arrow::struct_({
      arrow::field("path", arrow::large_utf8()),
      arrow::field("partitionValues", arrow::map(arrow::utf8(), arrow::large_utf8())),
      arrow::field("size", arrow::int32()),
      arrow::field("modificationTime", arrow::int64()),
      arrow::field("stats", arrow::utf8_view()),
  });
  TestLog log;
  log.Put(CheckpointKey(5),
          ParquetOf(CheckpointSchema(add),
                    {kProtocolRow, MetadataRow("\"p\""),
                     R"({"add":{"path":"a","partitionValues":[["p","1"]],"size":7,)"
                     R"("modificationTime":2,"stats":"{\"numRecords\":3}"}})"}));
  const auto snapshot = LatestOf(log);
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  EXPECT_EQ((*snapshot)->size_bytes(), 7);
  const auto& batch = *(*snapshot)->batches()[0].files;
  EXPECT_EQ(batch.NumRecordsAt(2), 3);
  EXPECT_EQ(batch.PartitionValueAt(0, 2), "1");
}

TEST(CheckpointTest, ParsedStatisticsBecomeText) {
  const auto values = arrow::struct_(
      {arrow::field("i", arrow::int32()), arrow::field("s", arrow::utf8()),
       arrow::field("t", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
       arrow::field("n", arrow::timestamp(arrow::TimeUnit::MICRO)),
       arrow::field("d", arrow::date32()), arrow::field("x", arrow::decimal128(8, 3)),
       arrow::field("f", arrow::float64())});
  auto fields = AddType(/*with_stats=*/false)->fields();
  fields.push_back(arrow::field(
      "stats_parsed",
      arrow::struct_({arrow::field("numRecords", arrow::int64()), arrow::field("minValues", values),
                      arrow::field("tightBounds", arrow::boolean())})));
  TestLog log;
  log.Put(CheckpointKey(5),
          ParquetOf(CheckpointSchema(arrow::struct_(fields)),
                    {kProtocolRow, MetadataRow(),
                     AddRow("a", "",
                            R"(,"stats_parsed":{"numRecords":4,"minValues":{"i":-1,"s":"q\"",)"
                            R"("t":1000,"n":-1,"d":-1,"x":"1.250","f":0.5},"tightBounds":true})"),
                     AddRow("b")}));
  const auto snapshot = LatestOf(log).value();
  const auto& batch = *snapshot->batches()[0].files;
  EXPECT_EQ(batch.Row(2).stats,
            R"({"numRecords":4,"minValues":{"i":-1,"s":"q\"","t":"1970-01-01T00:00:00.001Z",)"
            R"("n":"1969-12-31T23:59:59.999999","d":"1969-12-31","x":1.250,"f":0.5},)"
            R"("tightBounds":true})");
  EXPECT_EQ(batch.NumRecordsAt(2), 4);
  EXPECT_EQ(batch.Row(3).stats, std::nullopt);
}

constexpr const char* kUuid = "80a083e8-7026-4e79-81be-64bd76c43a11";

TEST(V2CheckpointTest, JsonManifestWithSidecars) {
  TestLog log;
  log.Put("_delta_log/_sidecars/s1.parquet", ParquetOf(CheckpointSchema(), {AddRow("a")}));
  log.Put("_delta_log/_sidecars/s 2.parquet",
          ParquetOf(CheckpointSchema(), {AddRow("b"), RemoveRow("r")}));
  log.Put(fmt::format("{}.checkpoint.{}.json", VersionKey(5), kUuid),
          R"({"checkpointMetadata":{"version":5}})"
          "\n" +
              kProtocolLine + "\n" + MetadataLine() +
              "\n"
              R"({"sidecar":{"path":"s1.parquet","sizeInBytes":1,"modificationTime":1}})"
              "\n"
              R"({"sidecar":{"path":"s%202.parquet","sizeInBytes":1,"modificationTime":1}})");
  log.Commit(6, {RemoveLine("a"), AddLine("c")});
  EXPECT_THAT(LiveFiles(*LatestOf(log).value()), ElementsAre("b", "c"));

  log.Remove("_delta_log/_sidecars/s1.parquet");
  const auto missing = LatestOf(log);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kDataMissing);
  EXPECT_THAT(missing.error().message, HasSubstr("s1.parquet"));
}

TEST(V2CheckpointTest, JsonManifestWithItsFilesInside) {
  TestLog log;
  log.Put(fmt::format("{}.checkpoint.{}.json", VersionKey(5), kUuid),
          kProtocolLine + "\n" + MetadataLine() + "\n" + AddLine("a") + "\n" + AddLine("b") + "\n" +
              RemoveLine("r"));
  log.Commit(6, {RemoveLine("b")});
  EXPECT_THAT(LiveFiles(*LatestOf(log).value()), ElementsAre("a"));
}

TEST(V2CheckpointTest, ParquetManifestWithSidecars) {
  TestLog log;
  log.Put("_delta_log/_sidecars/s1.parquet", ParquetOf(CheckpointSchema(), {AddRow("a")}));
  log.Put(fmt::format("{}.checkpoint.{}.parquet", VersionKey(5), kUuid),
          ParquetOf(CheckpointSchema(), {kProtocolRow, MetadataRow(),
                                         R"({"sidecar":{"path":"s1.parquet","sizeInBytes":1}})"}));
  EXPECT_THAT(LiveFiles(*LatestOf(log).value()), ElementsAre("a"));
}

TEST(V2CheckpointTest, SidecarsStayInTheirFolder) {
  for (const char* path : {"../../x.parquet", "/etc/x.parquet", "a/b.parquet", "..", "%zz"}) {
    TestLog log;
    log.Put(fmt::format("{}.checkpoint.{}.json", VersionKey(5), kUuid),
            kProtocolLine + "\n" + MetadataLine() + "\n" +
                fmt::format(R"({{"sidecar":{{"path":"{}","sizeInBytes":1}}}})", path));
    EXPECT_FALSE(LatestOf(log)) << path;
  }
}

}  // namespace
}  // namespace sluice::delta
