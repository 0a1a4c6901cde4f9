#include "delta/changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delta/log_test_util.h"
#include "delta/table.h"

namespace sluice::delta {
namespace {

using testing::AddLine;
using testing::CheckpointKey;
using testing::CheckpointSchema;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kProtocolLine;
using testing::kProtocolRow;
using testing::MetadataLine;
using testing::ParquetOf;
using testing::TestLog;

const std::string kFeedOn = R"("delta.enableChangeDataFeed":"true")";
const std::string kFeedOff = R"("delta.enableChangeDataFeed":"false")";

std::string CdcLine(const std::string& path) {
  return fmt::format(
      R"({{"cdc":{{"path":"_change_data/{}","partitionValues":{{}},"size":5,"dataChange":false}}}})",
      path);
}

std::string RemoveLine(const std::string& path, const std::string& vector = "") {
  return fmt::format(
      R"({{"remove":{{"path":"{}","deletionTimestamp":7,"dataChange":true,"partitionValues":{{}},)"
      R"("size":10{}}}}})",
      path, testing::VectorMember(vector));
}

std::string WithoutDataChange(std::string line) {
  const std::string_view changed = R"("dataChange":true)";
  line.replace(line.find(changed), changed.size(), R"("dataChange":false)");
  return line;
}

class ChangesTest : public ::testing::Test {
 protected:
  void SetUp() override { log_.Commit(0, {kProtocolLine, MetadataLine({"id"}, "", kFeedOn)}); }

  Result<ChangesPtr> Read(const ChangesRequest& request) {
    return Table::Make(log_.store, {.pool = &pool_})->ReadChanges(request);
  }
  ChangesPtr MustRead(const ChangesRequest& request) {
    auto changes = Read(request);
    if (!changes) throw std::runtime_error(changes.error().message);
    return *changes;
  }
  Error Refusal(const ChangesRequest& request) {
    const auto changes = Read(request);
    EXPECT_FALSE(changes);
    return changes ? Error{} : changes.error();
  }

  static std::string Describe(const FileChange& file) {
    if (const auto* add = std::get_if<AddFile>(&file)) return "+" + add->path;
    if (const auto* remove = std::get_if<RemoveFile>(&file)) return "-" + remove->path;
    return "~" + std::get<AddCdcFile>(file).path;
  }
  /// "version sign path" of every file; "version meta", "version protocol" where a commit has one.
  static std::vector<std::string> Flatten(const Changes& changes) {
    std::vector<std::string> out;
    std::int64_t files = 0;
    for (const auto& piece : changes.pieces()) {
      const auto& commit = changes.commits()[piece.commit];
      if (piece.opens_commit && commit.protocol != nullptr) {
        out.push_back(fmt::format("{} protocol", commit.version));
      }
      if (piece.opens_commit && commit.metadata != nullptr) {
        out.push_back(fmt::format("{} meta", commit.version));
      }
      const auto read = changes.ForEachFile(piece, [&](const FileChange& file) -> Status {
        out.push_back(fmt::format("{} {}", commit.version, Describe(file)));
        ++files;
        return {};
      });
      EXPECT_TRUE(read) << read.error().message;
    }
    EXPECT_EQ(files, changes.num_files());
    return out;
  }
  std::vector<std::string> Rows(std::int64_t first = 1) {
    return Flatten(*MustRead({.first = first}));
  }
  std::vector<std::string> Files(std::int64_t first = 1) {
    return Flatten(*MustRead({.kind = ChangesKind::kFiles, .first = first}));
  }

  TestLog log_;
  ThreadPool pool_{2};
};

TEST_F(ChangesTest, CdcFilesStandForACommitThatHasSome) {
  log_.Commit(1, {AddLine("a"), AddLine("b")});
  log_.Commit(2, {RemoveLine("a"), AddLine("a2"), CdcLine("c1"), CdcLine("c2")});
  log_.Commit(3, {RemoveLine("b")});
  EXPECT_THAT(Rows(),
              ElementsAre("1 +a", "1 +b", "2 ~_change_data/c1", "2 ~_change_data/c2", "3 -b"));
  EXPECT_THAT(Files(), ElementsAre("1 +a", "1 +b", "2 -a", "2 +a2", "3 -b"));
}

TEST_F(ChangesTest, WhatChangesNoDataIsLeftOut) {
  log_.Commit(1, {AddLine("a"), AddLine("b")});
  log_.Commit(2, {WithoutDataChange(RemoveLine("a")), WithoutDataChange(RemoveLine("b")),
                  WithoutDataChange(AddLine("ab"))});
  const std::string merge =
      R"({"commitInfo":{"operation":"MERGE","operationMetrics":{"numTargetRowsInserted":"0",)"
      R"("numTargetRowsUpdated":"0","numTargetRowsDeleted":"0"}}})";
  log_.Commit(3, {merge, RemoveLine("ab"), AddLine("c")});
  EXPECT_THAT(Rows(), ElementsAre("1 +a", "1 +b"));
  EXPECT_THAT(Files(), ElementsAre("1 +a", "1 +b", "3 -ab", "3 +c"));
}

TEST_F(ChangesTest, ARemovedFileTellsAllThatItsReaderNeeds) {
  log_.Commit(1, {RemoveLine("a", "vv")});
  const auto changes = MustRead({.first = 1});
  ASSERT_EQ(changes->pieces().size(), 1U);
  const auto read =
      changes->ForEachFile(changes->pieces()[0], [](const FileChange& file) -> Status {
        const auto& remove = std::get<RemoveFile>(file);
        EXPECT_EQ(remove.size, 10);
        EXPECT_EQ(remove.deletion_timestamp, 7);
        EXPECT_TRUE(remove.partition_values);
        EXPECT_EQ(remove.deletion_vector.value().path_or_inline, "vv");
        return {};
      });
  EXPECT_TRUE(read);
}

TEST_F(ChangesTest, AFileWithAnotherVectorIsBothAddedAndRemoved) {
  log_.Commit(1, {AddLine("a")});
  log_.Commit(2, {RemoveLine("a"), AddLine("a", {.vector = "vv"})});
  const auto changes = MustRead({.first = 1});
  EXPECT_THAT(Flatten(*changes), ElementsAre("1 +a", "2 -a", "2 +a"));
  EXPECT_THAT(changes->used_features(), ElementsAre("deletionVectors"));
  EXPECT_THAT(MustRead({.first = 1, .last = 1})->used_features(), IsEmpty());
}

TEST_F(ChangesTest, CommitsHaveTheirTimes) {
  log_.Commit(1, {AddLine("a")}, 5000);
  log_.Commit(2, {AddLine("b")}, 4000);  // A clock that went back.
  log_.Commit(3,
              {R"({"commitInfo":{"timestamp":1,"inCommitTimestamp":9000}})",
               MetadataLine({"id"}, "", kFeedOn + R"(,"delta.enableInCommitTimestamps":"true")"),
               AddLine("c")},
              4000);
  const auto changes = MustRead({.first = 1});
  std::vector<std::int64_t> times;
  for (const auto& commit : changes->commits()) times.push_back(commit.timestamp_ms);
  EXPECT_THAT(times, ElementsAre(5000, 5001, 9000));
}

TEST_F(ChangesTest, TellsHowTheTableChangedOnTheWay) {
  log_.Commit(1, {AddLine("a")});
  log_.Commit(2, {MetadataLine({"id", "more"}, "", kFeedOn)});
  log_.Commit(3, {R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,)"
                  R"("readerFeatures":["deletionVectors"],)"
                  R"("writerFeatures":["deletionVectors","changeDataFeed"]}})",
                  AddLine("b", {.vector = "vv"})});
  log_.Commit(4, {R"({"protocol":{"minReaderVersion":2,"minWriterVersion":5}})"});
  const auto changes = MustRead({.first = 1});
  EXPECT_THAT(Flatten(*changes), ElementsAre("1 +a", "2 meta", "3 protocol", "3 +b", "4 protocol"));
  EXPECT_EQ(changes->start().schema.fields.size(), 1U);
  EXPECT_EQ(changes->end().schema.fields.size(), 2U);
  EXPECT_EQ(changes->end().protocol.min_reader_version, 2);
  EXPECT_THAT(changes->listed_features(), ElementsAre("deletionVectors", "columnMapping"));
  const Protocol& all = changes->reader_protocol();
  EXPECT_EQ(all.min_reader_version, 3);
  EXPECT_EQ(all.min_writer_version, 7);
  EXPECT_THAT(all.reader_features.value(), ElementsAre("deletionVectors", "columnMapping"));
  EXPECT_THAT(all.writer_features.value(),
              ElementsAre("deletionVectors", "changeDataFeed", "columnMapping"));
}

TEST_F(ChangesTest, RefusesVersionsThatAreNotThere) {
  log_.Commit(1, {AddLine("a")});
  log_.Commit(2, {AddLine("b")});
  EXPECT_EQ(Refusal({.first = 3}).message,
            "changes cannot start at version 3: the latest version of the table is 2");
  EXPECT_EQ(Refusal({.first = 2, .last = 1}).message,
            "changes cannot end at version 1, before version 2 where they start");
  EXPECT_EQ(MustRead({.first = 1, .last = 99})->last(), 2);
  EXPECT_EQ(Refusal({.first = 1, .from = ChangePosition{3, 0}}).kind, ErrorKind::kInvalidArgument);
}

TEST_F(ChangesTest, TellsWhichVersionsALogThatWasCleanedUpStillHas) {
  log_.Commit(1, {AddLine("a")});
  log_.Commit(2, {AddLine("b")});
  log_.Commit(3, {AddLine("c")});
  const std::string metadata =
      R"({"metaData":{"id":"t1","schemaString":"{\"type\":\"struct\",\"fields\":[]}",)"
      R"("partitionColumns":[],"configuration":[["delta.enableChangeDataFeed","true"]]}})";
  log_.Put(CheckpointKey(2), ParquetOf(CheckpointSchema(), {kProtocolRow, metadata}));
  log_.Remove(CommitKey(0));
  log_.Remove(CommitKey(1));
  EXPECT_EQ(Refusal({.first = 1}).message,
            "changes from version 1 are no longer in the log, which has those of versions 2 to 3");
  EXPECT_THAT(Rows(2), ElementsAre("2 +b", "3 +c"));
  log_.Remove(CommitKey(2));
  log_.Remove(CommitKey(3));
  EXPECT_THAT(Refusal({.first = 2}).message, HasSubstr("the log has no changes any more"));
}

TEST_F(ChangesTest, TheFeedMustHaveBeenOnThroughout) {
  log_.Commit(1, {AddLine("a")});
  log_.Commit(2, {MetadataLine({"id"}, "", kFeedOff)});
  log_.Commit(3, {MetadataLine({"id"}, "", kFeedOn), AddLine("b")});
  const auto off = Refusal({.first = 0});
  EXPECT_EQ(off.kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(off.message, HasSubstr("was off at version 2"));
  EXPECT_THAT(Refusal({.first = 2}).message, HasSubstr("was off at version 2"));
  EXPECT_THAT(Rows(3), ElementsAre("3 meta", "3 +b"));
  EXPECT_EQ(MustRead({.first = 0, .last = 1})->num_files(), 1);
  // Who follows files needs no feed.
  EXPECT_EQ(Files(0).back(), "3 +b");
}

TEST_F(ChangesTest, RefusesWhatItCannotReadOnTheWay) {
  log_.Commit(1, {AddLine("a")});
  log_.Commit(2, {R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,)"
                  R"("readerFeatures":["warpDrive"],"writerFeatures":["warpDrive"]}})"});
  log_.Commit(3, {kProtocolLine});
  const auto error = Refusal({.first = 1});
  EXPECT_EQ(error.kind, ErrorKind::kUnsupported);
  EXPECT_THAT(error.message, HasSubstr("00000000000000000002.json: "));
  EXPECT_THAT(error.message, HasSubstr("warpDrive"));
  log_.Commit(2, {AddLine("b"), "{\"add\":{\"path\":"});
  const auto damaged = Refusal({.first = 1});
  EXPECT_EQ(damaged.kind, ErrorKind::kCorrupt);
  EXPECT_THAT(damaged.message, HasSubstr("00000000000000000002.json: byte "));
}

TEST_F(ChangesTest, ARemovedFileOfAPartitionedTableMustTellItsPartition) {
  log_.Commit(1, {MetadataLine({"id", "p"}, "\"p\"", kFeedOn)});
  log_.Commit(2, {testing::RemoveLine("old")});
  const auto error = Refusal({.first = 1});
  EXPECT_EQ(error.kind, ErrorKind::kDataMissing);
  EXPECT_THAT(error.message, HasSubstr("'old' has no partition values"));
  EXPECT_THAT(Files(2), ElementsAre("2 -old"));
}

TEST_F(ChangesTest, RowsOfDroppedColumnsDoNotFitOneSchema) {
  log_.Commit(1, {AddLine("a")});
  log_.Commit(2, {MetadataLine({"id", "more"}, "", kFeedOn), AddLine("b")});
  EXPECT_TRUE(MustRead({.first = 0})->CheckSchemas());
  log_.Commit(3, {MetadataLine({"more"}, "", kFeedOn)});
  const auto checked = MustRead({.first = 0})->CheckSchemas();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(checked.error().message, HasSubstr("between versions 0 and 3 the column 'id' was"));
  EXPECT_TRUE(MustRead({.first = 3})->CheckSchemas());
}

/// A commit of several chunks and many pieces, between small ones.
void WriteLargeCommits(TestLog* log) {
  log->Commit(1, {AddLine("a")});
  std::vector<std::string> lines;
  for (int i = 0; i < 9000; ++i) {
    lines.push_back(AddLine(fmt::format("{:05}-{}", i, std::string(500, 'x'))));
    if (i % 3 == 0) lines.push_back(WithoutDataChange(lines.back()));
  }
  log->Commit(2, lines);
  log->Commit(3, {MetadataLine({"id", "b"}, "", kFeedOn)});
  log->Commit(4, {RemoveLine("a"), AddLine("z")});
}

TEST_F(ChangesTest, ALargeCommitIsReadInPieces) {
  WriteLargeCommits(&log_);
  const auto changes = MustRead({.first = 1});
  EXPECT_EQ(changes->num_files(), 9003);
  EXPECT_GT(changes->pieces().size(), 12U);
  for (const auto& piece : changes->pieces()) EXPECT_LE(piece.files, 512);
  const auto all = Flatten(*changes);
  ASSERT_EQ(all.size(), 9004U);
  EXPECT_EQ(all.front(), "1 +a");
  for (std::size_t i = 0; i < 9000; ++i) {
    ASSERT_EQ(all[i + 1].substr(0, 8), fmt::format("2 +{:05}", i));
  }
  EXPECT_EQ(all[9001], "3 meta");
  EXPECT_EQ(all.back(), "4 +z");
  // Pieces can be read in any order, as renderers do.
  std::string last;
  const auto& piece = changes->pieces().back();
  ASSERT_TRUE(changes->ForEachFile(piece, [&](const FileChange& file) -> Status {
    last = Describe(file);
    return {};
  }));
  EXPECT_EQ(last, "+z");
}

TEST_F(ChangesTest, PagesOfAnySizeAddUpToTheWhole) {
  WriteLargeCommits(&log_);
  const auto whole = Flatten(*MustRead({.first = 1}));
  for (const std::int64_t size : {700, 4096, 9002, 9003, 20000}) {
    std::vector<std::string> joined;
    ChangesRequest request{.first = 1, .max_files = size};
    int pages = 0;
    do {
      const auto page = MustRead(request);
      EXPECT_LE(page->num_files(), size);
      EXPECT_EQ(page->end().schema.fields.size(), 2U);
      for (auto& line : Flatten(*page)) joined.push_back(std::move(line));
      request.from = page->next();
    } while (request.from && ++pages < 100);
    EXPECT_EQ(joined, whole) << size;
  }
}

/// Also where the protocol rises and falls again behind a page, or before it.
TEST_F(ChangesTest, EveryPageTellsWhatAllFilesAskOfAReader) {
  const auto with = [](std::string_view feature) {
    return fmt::format(R"({{"protocol":{{"minReaderVersion":3,"minWriterVersion":7,)"
                       R"("readerFeatures":["{}"],"writerFeatures":["{}"]}}}})",
                       feature, feature);
  };
  log_.Commit(1, {AddLine("a"), AddLine("b")});
  log_.Commit(2, {with("deletionVectors"), AddLine("c")});
  log_.Commit(3, {kProtocolLine, AddLine("d")});
  log_.Commit(4, {with("timestampNtz"), MetadataLine({"id", "b"}, "", kFeedOn), AddLine("e")});
  log_.Commit(5, {kProtocolLine, AddLine("f")});
  const auto whole = MustRead({.first = 1});
  EXPECT_THAT(whole->listed_features(), ElementsAre("deletionVectors", "timestampNtz"));
  ChangesRequest request{.first = 1, .max_files = 1};
  int pages = 0;
  do {
    const auto page = MustRead(request);
    EXPECT_EQ(page->listed_features(), whole->listed_features());
    EXPECT_EQ(page->used_features(), whole->used_features());
    EXPECT_EQ(page->reader_protocol().reader_features, whole->reader_protocol().reader_features);
    EXPECT_EQ(page->reader_protocol().min_reader_version, 3);
    EXPECT_EQ(page->end().schema.fields.size(), 2U);
    EXPECT_EQ(page->num_files(), 1);
    request.from = page->next();
  } while (request.from && ++pages < 100);
  EXPECT_EQ(pages, 5);
  // What would refuse a later page refuses the first.
  log_.Commit(6, {"{\"add\":{\"path\":"});
  EXPECT_EQ(Refusal({.first = 1, .max_files = 1}).kind, ErrorKind::kCorrupt);
}

TEST_F(ChangesTest, PagesOfOneFileKeepTheOrderOfTheTable) {
  log_.Commit(1, {MetadataLine({"id", "b"}, "", kFeedOn), AddLine("a"), AddLine("b")});
  log_.Commit(2, {MetadataLine({"id", "b", "c"}, "", kFeedOn)});
  log_.Commit(3, {CdcLine("c1"), AddLine("x"), CdcLine("c2")});
  std::vector<std::string> joined;
  ChangesRequest request{.first = 0, .max_files = 1};
  do {
    const auto page = MustRead(request);
    for (auto& line : Flatten(*page)) joined.push_back(std::move(line));
    request.from = page->next();
  } while (request.from);
  EXPECT_THAT(joined, ElementsAre("0 protocol", "0 meta", "1 meta", "1 +a", "1 +b", "2 meta",
                                  "3 ~_change_data/c1", "3 ~_change_data/c2"));
}

TEST_F(ChangesTest, ACommitThatChangesAfterwardsIsNoticed) {
  WriteLargeCommits(&log_);
  const auto changes = MustRead({.first = 1});
  log_.Commit(2, {AddLine("another")});
  bool failed = false;
  for (const auto& piece : changes->pieces()) {
    const auto read = changes->ForEachFile(piece, [](const FileChange&) { return Status(); });
    if (read) continue;
    failed = true;
    EXPECT_THAT(read.error().message, HasSubstr("00000000000000000002.json: "));
  }
  EXPECT_TRUE(failed);
}

TEST_F(ChangesTest, TheStateOfTheTableIsFoundWithoutTheFilesBefore) {
  log_.Commit(1, {MetadataLine({"id", "b"}, "", kFeedOn)});
  log_.Commit(2, {"{\"add\":{\"path\":"});  // No file before the changes is looked at.
  log_.Commit(3, {AddLine("c")});
  const auto changes = MustRead({.first = 3});
  EXPECT_EQ(changes->start().schema.fields.size(), 2U);
  EXPECT_EQ(changes->start().protocol.min_writer_version, 2);
  EXPECT_THAT(Flatten(*changes), ElementsAre("3 +c"));
  log_.Commit(2, {"{\"metaData\":{\"id\":"});
  EXPECT_THAT(Refusal({.first = 3}).message, HasSubstr("00000000000000000002.json: byte 0: "));
}

TEST_F(ChangesTest, LoadsNoSnapshot) {
  log_.Commit(1, {AddLine("a")});
  const auto table = Table::Make(log_.store, {});
  ASSERT_TRUE(table->ReadChanges({.first = 0}));
  EXPECT_EQ(table->memory_bytes(), 0);
}

}  // namespace
}  // namespace sluice::delta
