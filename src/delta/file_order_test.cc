#include "delta/file_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "delta/file_batch_builder.h"
#include "delta/filter_test_util.h"
#include "delta/log_test_util.h"
#include "delta/table.h"

namespace sluice::delta {
namespace {

using delta::testing::LiveFiles;
using Names = std::multiset<std::string>;
using SharedSnapshot = std::shared_ptr<const Snapshot>;

AddFile File(int number, std::int64_t time, std::int64_t rows = 10) {
  AddFile file;
  file.path = fmt::format("part-{:04}.parquet", number);
  file.size = 1;
  file.modification_time = time;
  if (rows >= 0) file.stats = fmt::format(R"({{"numRecords":{}}})", rows);
  return file;
}

SharedSnapshot Share(const std::vector<AddFile>& files) {
  return std::make_shared<const Snapshot>(MakeParts(SchemaJson({{"a", "long"}}), {}, files, {}));
}

/// The names of each page.
std::vector<Names> Pages(const SharedSnapshot& snapshot, std::int64_t max_files,
                         std::optional<std::int64_t> max_rows = std::nullopt) {
  std::vector<Names> pages;
  PartRequest request;
  request.max_files = max_files;
  request.max_rows = max_rows;
  for (;;) {
    const FilesPart part = TakeFiles(snapshot, request);
    pages.push_back(LiveFiles(*part.files));
    if (!part.last) return pages;
    EXPECT_EQ(part.files->num_files(), max_files);
    request.after = part.last;
    request.max_rows = part.rows_left;
  }
}

Names Joined(const std::vector<Names>& pages) {
  Names all;
  for (const auto& page : pages) all.insert(page.begin(), page.end());
  return all;
}

TEST(FileOrderTest, TheOldestComeFirst) {
  const auto snapshot = Share({File(1, 30), File(2, 10), File(3, 20), File(4, -5)});
  EXPECT_THAT(Pages(snapshot, 1),
              ::testing::ElementsAre(Names{"part-0004.parquet"}, Names{"part-0002.parquet"},
                                     Names{"part-0003.parquet"}, Names{"part-0001.parquet"}));
}

TEST(FileOrderTest, PagesOfAnySizeGiveEachFileOnce) {
  std::vector<AddFile> files;
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) files.push_back(File(i, static_cast<int>(random() % 4)));
  const auto snapshot = Share(files);
  const Names all = LiveFiles(*snapshot);
  for (const int size : {1, 2, 7, 100, 299, 300, 301}) {
    const auto pages = Pages(snapshot, size);
    EXPECT_EQ(Joined(pages), all) << size;
    EXPECT_EQ(pages.size(), static_cast<std::size_t>((300 + size - 1) / size)) << size;
  }
  // The rest of a part that was begun.
  const auto first = TakeFiles(snapshot, {.max_files = 120});
  const auto rest = TakeFiles(snapshot, {.after = first.last});
  EXPECT_FALSE(rest.last);
  EXPECT_EQ(Joined({LiveFiles(*first.files), LiveFiles(*rest.files)}), all);
  EXPECT_EQ(rest.files->num_files(), 180);
  EXPECT_EQ(CountFilesAfter(*snapshot, *first.last), 180);
}

TEST(FileOrderTest, DoesNotDependOnTheOrderOfTheBatches) {
  std::vector<AddFile> files;
  for (int i = 0; i < 50; ++i) files.push_back(File(i, i % 3));
  const auto pages = Pages(Share(files), 8);
  std::mt19937 random(3);
  for (int round = 0; round < 5; ++round) {
    std::shuffle(files.begin(), files.end(), random);
    EXPECT_EQ(Pages(Share(files), 8), pages);
  }
}

TEST(FileOrderTest, OneFileWithTwoDeletionVectorsIsTwoFiles) {
  std::vector<AddFile> files;
  for (int i = 0; i < 3; ++i) {
    AddFile file = File(1, 5);
    if (i > 0) {
      file.deletion_vector.emplace();
      file.deletion_vector->storage_type = 'i';
      file.deletion_vector->path_or_inline = fmt::format("vector{}", i);
      file.deletion_vector->cardinality = 1;
    }
    files.push_back(std::move(file));
  }
  const auto pages = Pages(Share(files), 1);
  ASSERT_EQ(pages.size(), 3U);
  EXPECT_EQ(Joined(pages), LiveFiles(*Share(files)));
}

TEST(FileOrderTest, RowsEndAPartAndArePassedOn) {
  std::vector<AddFile> files;
  for (int i = 0; i < 40; ++i) files.push_back(File(i, i));
  const auto snapshot = Share(files);
  const auto whole = TakeFiles(snapshot, {.max_rows = 95});
  EXPECT_FALSE(whole.last);
  EXPECT_EQ(whole.files->num_files(), 10);
  for (const int size : {1, 3, 10, 11, 50}) {
    EXPECT_EQ(Joined(Pages(snapshot, size, 95)), LiveFiles(*whole.files)) << size;
  }
  EXPECT_EQ(TakeFiles(snapshot, {.max_rows = 100'000}).files->num_files(), 40);
}

TEST(FileOrderTest, FilesWhoseRowsAreNotKnownCountNone) {
  const auto snapshot = Share({File(1, 1, -1), File(2, 2, 5), File(3, 3, -1), File(4, 4, 5)});
  EXPECT_EQ(TakeFiles(snapshot, {.max_rows = 5}).files->num_files(), 2);
  EXPECT_EQ(TakeFiles(snapshot, {.max_rows = 6}).files->num_files(), 4);
  std::vector<Bits> counted(1, Bits(1, 0));
  SetBit(&counted[0], 3, true);
  EXPECT_EQ(TakeFiles(snapshot, {.max_rows = 1, .counted = &counted}).files->num_files(), 4);
}

TEST(FileOrderTest, AFullSnapshotIsPassedOnAsItIs) {
  const auto snapshot = Share({File(1, 1), File(2, 2)});
  EXPECT_EQ(TakeFiles(snapshot, {}).files, snapshot);
  EXPECT_EQ(TakeFiles(snapshot, {.max_files = 2}).files, snapshot);
  EXPECT_EQ(TakeFiles(Share({}), {.max_files = 2}).files->num_files(), 0);
}

/// Followed commit by commit and loaded anew, a version has the same pages.
TEST(FileOrderTest, DoesNotDependOnHowTheSnapshotWasMade) {
  delta::testing::TestLog log;
  const auto followed = Table::Make(log.store, {});
  log.Appends(0);
  ASSERT_TRUE(followed->Latest());
  for (int version = 1; version <= 120; ++version) {
    std::vector<std::string> lines = {delta::testing::AddLine(fmt::format("f{}", version))};
    if (version % 3 == 0) {
      lines.push_back(delta::testing::RemoveLine(fmt::format("f{}", version / 2)));
    }
    log.Commit(version, lines);
    ASSERT_TRUE(followed->Latest());
  }
  const auto one = Pages(*followed->Latest(), 9);
  const auto other = Pages(*Table::Make(log.store, {})->Latest(), 9);
  EXPECT_EQ(one, other);
  EXPECT_GT(one.size(), 5U);
}

TEST(FileOrderTest, ManyFilesOfOneTime) {
  std::vector<AddFile> files;
  for (int i = 0; i < 70'000; ++i) files.push_back(File(i, 5, 1));
  const auto snapshot = Share(files);
  ASSERT_GT(snapshot->batches().size(), 1U);
  const auto pages = Pages(snapshot, 30'000);
  ASSERT_EQ(pages.size(), 3U);
  EXPECT_EQ(Joined(pages), LiveFiles(*snapshot));
  EXPECT_EQ(TakeFiles(snapshot, {.max_rows = 69'000}).files->num_files(), 69'000);
}

}  // namespace
}  // namespace sluice::delta
