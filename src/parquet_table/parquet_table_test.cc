#include "parquet_table/parquet_table.h"

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <thread>

#include "base/thread_pool.h"
#include "parquet_table/open_folder.h"
#include "parquet_table/parquet_test_util.h"

namespace sluice::parquet_table {
namespace {

using testing::HasSubstr;

/// Counts what is asked of a store in memory.
class WatchedStore : public storage::MemoryStore {
 public:
  Result<std::vector<storage::ObjectMeta>> ListRange(
      std::string_view prefix, const storage::KeyRange& range) const override {
    ++listings;
    return MemoryStore::ListRange(prefix, range);
  }
  Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open(std::string_view key) const override {
    ++opened;
    if (before_open) before_open(key);
    return MemoryStore::Open(key);
  }

  mutable std::atomic<int> listings = 0;
  mutable std::atomic<int> opened = 0;
  std::function<void(std::string_view)> before_open;
};

class ParquetTableTest : public testing::Test {
 protected:
  void Put(std::string_view key, const std::string& bytes, std::int64_t modified_ms) {
    ASSERT_TRUE(store_->Put(key, bytes, modified_ms));
  }
  std::shared_ptr<delta::Table> Open(std::vector<std::string> patterns = {},
                                     std::int64_t max_staleness_ms = 0) {
    FolderOptions options;
    options.table.max_staleness_ms = max_staleness_ms;
    for (const auto& pattern : patterns) options.files.push_back(Glob::Parse(pattern).value());
    return OpenFolder(store_, std::move(options));
  }
  /// Its paths, joined by spaces.
  static std::string Paths(const delta::Snapshot& snapshot) {
    std::string out;
    for (const auto& batch : snapshot.batches()) {
      for (std::int64_t row = 0; row < batch.files->num_rows(); ++row) {
        out += (out.empty() ? "" : " ") + std::string(batch.files->Row(row).path);
      }
    }
    return out;
  }
  void PutLog() {
    Put("_delta_log/00000000000000000000.json",
        R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})"
        "\n"
        R"({"metaData":{"id":"by-log","format":{"provider":"parquet","options":{}},)"
        R"("schemaString":"{\"type\":\"struct\",\"fields\":[]}","partitionColumns":[],)"
        R"("configuration":{}}})",
        50);
  }

  std::shared_ptr<WatchedStore> store_ = std::make_shared<WatchedStore>();
};

TEST_F(ParquetTableTest, AFolderOfFilesIsATable) {
  Put("day=2024-01-02/a b.parquet", Numbers("[1, 2]"), 2'000);
  Put("day=2024-01-01/c%.parquet", Numbers("[3]"), 3'000);
  const auto latest = Open()->Latest();
  ASSERT_TRUE(latest) << latest.error().message;
  const delta::Snapshot& snapshot = **latest;
  EXPECT_EQ(snapshot.version(), 3'000);
  EXPECT_EQ(snapshot.timestamp_ms(), 3'000);
  EXPECT_EQ(snapshot.num_files(), 2);
  EXPECT_EQ(Paths(snapshot), "day%3D2024-01-01/c%25.parquet day%3D2024-01-02/a%20b.parquet");
  EXPECT_EQ(snapshot.metadata().partition_columns, std::vector<std::string>{"day"});
  EXPECT_EQ(snapshot.batches()[0].files->PartitionValueAt(0, 0), "2024-01-01");
  EXPECT_EQ(snapshot.batches()[0].files->NumRecordsAt(1), 2);
  EXPECT_EQ(snapshot.num_records(), 3);
  EXPECT_EQ(snapshot.metadata().schema_string,
            R"({"type":"struct","fields":[)"
            R"({"name":"a","type":"long","nullable":true,"metadata":{}},)"
            R"({"name":"day","type":"date","nullable":true,"metadata":{}}]})");
  const auto parsed = delta::ParseSchema(snapshot.metadata());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->fields.size(), 2U);
  EXPECT_EQ(snapshot.protocol().min_reader_version, 1);
}

TEST_F(ParquetTableTest, TheFoldersValuesStandForTheFilesColumn) {
  Put("a=7/f.parquet",
      ParquetBytes(Columns{{arrow::field("a", arrow::utf8()), R"(["x"])"},
                           {arrow::field("n", arrow::timestamp(arrow::TimeUnit::MICRO)), "[1]"}}),
      1);
  const auto latest = Open()->Latest();
  ASSERT_TRUE(latest) << latest.error().message;
  const auto& fields = (*latest)->schema().fields;
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(fields[0].name, "a");
  EXPECT_EQ(fields[0].type->kind, delta::DataType::Kind::kInteger);
  EXPECT_EQ((*latest)->protocol().reader_features, std::vector<std::string>{"timestampNtz"});
}

TEST_F(ParquetTableTest, TheVersionGrowsWhenTheListingChanges) {
  Put("a.parquet", Numbers("[1]"), 100);
  const auto table = Open();
  const auto first = *table->Latest();
  EXPECT_EQ(first->version(), 100);
  EXPECT_EQ(*table->Latest(), first);
  Put("b.parquet", Numbers("[2]"), 90);
  EXPECT_EQ((*table->Latest())->version(), 101);
  Put("a.parquet", Numbers("[3]"), 5'000);
  EXPECT_EQ((*table->Latest())->version(), 5'000);
  ASSERT_TRUE(store_->Remove("a.parquet"));
  const auto last = *table->Latest();
  EXPECT_EQ(last->version(), 5'001);
  EXPECT_EQ(last->timestamp_ms(), 5'000);
  EXPECT_EQ(Paths(*last), "b.parquet");
  EXPECT_EQ(last->metadata().id, first->metadata().id);
  EXPECT_EQ(*table->LatestVersion(), 5'001);
  Put("notes.txt", "x", 9'000);
  EXPECT_EQ(*table->Latest(), last);
}

TEST_F(ParquetTableTest, OnlyNewFootersAreRead) {
  for (int i = 0; i < 100; ++i) {
    Put("f" + std::to_string(i) + ".parquet", Numbers("[" + std::to_string(i) + "]"), 100);
  }
  const auto table = Open();
  EXPECT_EQ(*table->LatestVersion(), 100);
  EXPECT_EQ(store_->opened, 0);
  ASSERT_TRUE(table->Latest());
  EXPECT_EQ(store_->opened, 100);
  ASSERT_TRUE(table->Latest());
  Put("new.parquet", Numbers("[1]"), 101);
  Put("f7.parquet", Numbers("[9]"), 101);
  ASSERT_TRUE(store_->Remove("f8.parquet"));
  EXPECT_EQ((*table->Latest())->num_files(), 100);
  EXPECT_EQ(store_->opened, 102);
  EXPECT_GT(table->memory_bytes(), 10'000);
}

TEST_F(ParquetTableTest, ADamagedFileRefusesTheTableAndCostsNoOtherFooter) {
  for (int i = 0; i < 20; ++i) Put("f" + std::to_string(i) + ".parquet", Numbers("[1]"), 100);
  const auto table = Open();
  const auto good = *table->Latest();
  Put("x.parquet", "PAR1 half of a file", 200);
  store_->opened = 0;
  for (int i = 0; i < 2; ++i) {
    const auto latest = table->Latest();
    ASSERT_FALSE(latest);
    EXPECT_EQ(latest.error().kind, ErrorKind::kCorrupt);
    EXPECT_THAT(latest.error().message, HasSubstr("'x.parquet'"));
  }
  EXPECT_EQ(store_->opened, 2);
  EXPECT_EQ(*table->AtVersion(good->version()), good);
  Put("x.parquet", Numbers("[1]"), 300);
  EXPECT_EQ((*table->Latest())->num_files(), 21);
}

TEST_F(ParquetTableTest, AFileThatVanishesWhileItIsReadIsListedAgain) {
  for (int i = 0; i < 3; ++i) Put("f" + std::to_string(i) + ".parquet", Numbers("[1]"), 100);
  bool removed = false;
  store_->before_open = [&](std::string_view key) {
    if (key == "f1.parquet" && !removed) removed = store_->Remove(key).has_value();
  };
  const auto latest = Open()->Latest();
  ASSERT_TRUE(latest) << latest.error().message;
  EXPECT_EQ(Paths(**latest), "f0.parquet f2.parquet");
}

TEST_F(ParquetTableTest, ThereIsNoHistory) {
  Put("a.parquet", Numbers("[1]"), 100);
  const auto table = Open();
  const auto old = *table->Latest();
  EXPECT_EQ(*table->AtVersion(100), old);
  table->Keep(old);
  Put("b.parquet", Numbers("[2]"), 200);
  ASSERT_TRUE(table->Latest());
  EXPECT_EQ(*table->AtVersion(100), old);
  EXPECT_EQ((*table->AtVersion(200))->num_files(), 2);
  for (const auto& error : {table->AtVersion(150).error(), table->VersionAtTimestamp(150).error(),
                            table->FirstVersionSince(150).error()}) {
    EXPECT_EQ(error.kind, ErrorKind::kInvalidArgument);
    EXPECT_THAT(error.message, HasSubstr("a folder of Parquet files has no history"));
  }
  EXPECT_EQ(table->ReadChanges({}).error().kind, ErrorKind::kUnsupported);
}

TEST_F(ParquetTableTest, PatternsChooseFilesAndNameTheTable) {
  Put("2023/a.parquet", Numbers("[1]"), 1);
  Put("2024/a.parquet", Numbers("[1]"), 2);
  Put("other/x.parquet", "no Parquet", 3);
  const auto table = Open({"2*/*.parquet"});
  const auto latest = table->Latest();
  ASSERT_TRUE(latest) << latest.error().message;
  EXPECT_EQ((*latest)->num_files(), 2);
  EXPECT_NE((*latest)->metadata().id, (*Open({"2024/*"})->Latest())->metadata().id);
  EXPECT_EQ(Open({"none/*"})->Latest().error().kind, ErrorKind::kNotFound);
  PutLog();
  EXPECT_EQ(Open({"2*/*.parquet"})->Latest().error().kind, ErrorKind::kUnsupported);
}

TEST_F(ParquetTableTest, AFolderWithoutTablesIsMissingLikeAnyOther) {
  const auto today = delta::Table::Make(store_, {})->Latest();
  const auto missing = Open()->Latest();
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(missing.error().message, today.error().message);
  EXPECT_EQ(Open()->ReadChanges({}).error().kind, ErrorKind::kNotFound);
}

TEST_F(ParquetTableTest, ALogThatAppearsIsFollowed) {
  Put("a.parquet", Numbers("[1]"), 100);
  const auto table = Open();
  EXPECT_EQ((*table->Latest())->version(), 100);
  PutLog();
  const auto latest = table->Latest();
  ASSERT_TRUE(latest) << latest.error().message;
  EXPECT_EQ((*latest)->metadata().id, "by-log");
  EXPECT_EQ(*table->LatestVersion(), 0);
  // What is left of a table without its log may be rows that were deleted.
  ASSERT_TRUE(store_->Remove("_delta_log/00000000000000000000.json"));
  const auto gone = Open();
  EXPECT_TRUE(gone->Latest());
  EXPECT_EQ((*gone->Latest())->version(), 100);
}

TEST_F(ParquetTableTest, ATableThatLosesItsLogIsNoFolderOfFiles) {
  Put("a.parquet", Numbers("[1]"), 100);
  PutLog();
  FolderOptions options;
  options.table.verify_every_ms = 0;
  const auto table = OpenFolder(store_, options);
  ASSERT_TRUE(table->Latest());
  ASSERT_TRUE(store_->Remove("_delta_log/00000000000000000000.json"));
  EXPECT_EQ(table->Latest().error().kind, ErrorKind::kNotFound);
}

TEST_F(ParquetTableTest, StalenessSavesListings) {
  Put("a.parquet", Numbers("[1]"), 100);
  const auto table = Open({}, 1'000'000);
  ASSERT_TRUE(table->Latest());
  const int listings = store_->listings;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(table->Latest());
  EXPECT_EQ(store_->listings, listings);
}

TEST_F(ParquetTableTest, ManyThreadsSeeWholeVersions) {
  for (int i = 0; i < 30; ++i) Put("f" + std::to_string(i) + ".parquet", Numbers("[1]"), 100);
  const auto table = Open();
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        if (t == 0) {
          std::ignore = store_->Put("g" + std::to_string(i) + ".parquet", Numbers("[1]"), 200 + i);
        }
        const auto latest = table->Latest();
        if (!latest || (*latest)->num_files() < 30) {
          ++wrong;
          continue;
        }
        const auto expected = (*latest)->version() == 100 ? 30 : (*latest)->version() - 200 + 31;
        if ((*latest)->num_files() != expected) ++wrong;
        std::ignore = table->memory_bytes();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace sluice::parquet_table
