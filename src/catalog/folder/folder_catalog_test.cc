#include "catalog/folder/folder_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/glob.h"
#include "catalog/folder/folder_scan.h"

namespace sluice::catalog {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ManualClock : public Clock {
 public:
  std::int64_t NowMillis() const override { return now_; }
  void Advance(std::int64_t millis) { now_ += millis; }

 private:
  std::atomic<std::int64_t> now_{1'000'000};
};

class FolderCatalogTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sluice-folder-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    outside_ = fs::canonical(name);
    root_ = outside_ / "my data";
    fs::create_directory(root_);
  }
  void TearDown() override { fs::remove_all(outside_); }

  void MakeTable(const fs::path& below_root) {
    fs::create_directories(root_ / below_root / "_delta_log");
  }

  void MakeFile(const fs::path& below_root) {
    fs::create_directories((root_ / below_root).parent_path());
    std::ofstream(root_ / below_root) << "x";
  }

  Result<std::shared_ptr<const CatalogStore>> Open(const fs::path& folder) {
    FolderCatalogOptions options;
    options.folder = folder.string();
    options.token_digest = std::string(32, 'd');
    options.recipient.name = "laptop";
    options.clock = &clock_;
    return OpenFolderCatalog(options);
  }
  std::shared_ptr<const CatalogStore> OpenRoot() {
    auto catalog = Open(root_);
    EXPECT_TRUE(catalog) << catalog.error().message;
    return *catalog;
  }
  /// "schema.table" of every table.
  static std::vector<std::string> Names(const CatalogStore& catalog, std::string_view share) {
    std::vector<std::string> names;
    const auto tables = catalog.ListAllTables(share);
    EXPECT_TRUE(tables);
    for (const auto& table : *tables) names.push_back(table.schema + "." + table.name);
    return names;
  }

  fs::path outside_;
  fs::path root_;
  ManualClock clock_;
};

TEST_F(FolderCatalogTest, NamesTablesAfterTheirFolders) {
  MakeTable("orders");
  MakeTable("eu/sales 2024/line.items");
  MakeTable("eu/Ünits");
  fs::create_directories(root_ / "no table");
  const auto catalog = OpenRoot();
  ASSERT_THAT(*catalog->ListShares(), SizeIs(1));
  EXPECT_EQ(catalog->ListShares()->at(0).name, "my_data");
  EXPECT_THAT(Names(*catalog, "MY_DATA"),
              ElementsAre("default.orders", "eu.Ünits", "eu_sales_2024.line_items"));
  const auto table = catalog->GetTable("my_data", "EU_sales_2024", "Line_Items");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->location, (root_ / "eu/sales 2024/line.items").string());
  EXPECT_TRUE(table->history_shared);
  EXPECT_FALSE(table->configured_id);
  EXPECT_EQ(catalog->GetTableById(table->id)->name, "line_items");
  EXPECT_EQ(table->id, OpenRoot()->GetTable("my_data", "eu_sales_2024", "line_items")->id);
}

TEST_F(FolderCatalogTest, SharesAFolderThatIsATable) {
  MakeTable("a/b");
  MakeTable("");
  const auto catalog = OpenRoot();
  EXPECT_THAT(Names(*catalog, "my_data"), ElementsAre("default.my_data"));
  EXPECT_EQ(catalog->GetTable("my_data", "default", "my_data")->location, root_.string());
}

TEST_F(FolderCatalogTest, LooksNowhereElse) {
  MakeTable("t/nested");
  MakeTable("t");
  MakeTable(".hidden/a");
  MakeTable("_staging/b");
  MakeTable("1/2/3/4/5/6/7/eighth");
  MakeTable("1/2/3/4/5/6/7/8/ninth");
  fs::create_directories(outside_ / "secret/table/_delta_log");
  fs::create_directory_symlink(outside_ / "secret", root_ / "link");
  fs::create_directory_symlink(outside_ / "secret/table", root_ / "linked_table");
  fs::create_directory_symlink(root_, root_ / "loop");
  fs::create_directory(root_ / "fake");
  fs::create_directory_symlink(outside_ / "secret/table/_delta_log", root_ / "fake/_delta_log");
  fs::create_directory(root_ / "file");
  std::ofstream(root_ / "file/_delta_log") << "no folder";
  const auto catalog = OpenRoot();
  EXPECT_THAT(Names(*catalog, "my_data"), ElementsAre("1_2_3_4_5_6_7.eighth", "default.t"));
}

TEST_F(FolderCatalogTest, FoldersOfParquetFilesAreTables) {
  MakeFile("plain/a.parquet");
  MakeFile("parted/y=1/m=2/b.PARQUET");
  MakeFile("parted/other/c.parquet");
  MakeFile("mixed/d.parquet");
  MakeTable("mixed/t");
  MakeFile("deep/x/y/e.parquet");
  MakeFile("log/f.parquet");
  MakeTable("log");
  MakeFile("none/_g.parquet");
  MakeFile("none/_tmp/h.parquet");
  MakeFile("none/i.csv");
  MakeFile("1/2/3/4/5/6/7/8/j.parquet");
  MakeFile("1/2/3/4/5/6/7/8/9/k.parquet");
  const auto catalog = OpenRoot();
  EXPECT_THAT(Names(*catalog, "my_data"),
              ElementsAre("1_2_3_4_5_6_7.8", "deep_x.y", "default.log", "default.mixed",
                          "default.parted", "default.plain", "mixed.t", "parted.other"));
  EXPECT_TRUE(catalog->GetTable("my_data", "default", "log")->files.empty());
  const auto files = catalog->GetTable("my_data", "default", "parted")->files;
  const auto is_file = [&](std::string_view key) {
    return std::any_of(files.begin(), files.end(), [&](const std::string& pattern) {
      return Glob::Parse(pattern).value().Matches(key);
    });
  };
  EXPECT_TRUE(is_file("y=1/m=2/b.PARQUET"));
  EXPECT_TRUE(is_file("z.parquet"));
  EXPECT_FALSE(is_file("other/c.parquet"));
}

TEST_F(FolderCatalogTest, TheRootMayHoldParquetFilesBesideTables) {
  MakeFile("a.parquet");
  MakeTable("t");
  EXPECT_THAT(Names(*OpenRoot(), "my_data"), ElementsAre("default.my_data", "default.t"));
}

TEST_F(FolderCatalogTest, AFolderOfFilesThatGetsALogIsThatTable) {
  MakeFile("t/a.parquet");
  const auto catalog = OpenRoot();
  const auto before = catalog->GetTable("my_data", "default", "t");
  ASSERT_TRUE(before);
  EXPECT_FALSE(before->files.empty());
  MakeTable("t");
  const auto after = catalog->GetTable("my_data", "default", "t");
  ASSERT_TRUE(after);
  EXPECT_TRUE(after->files.empty());
  EXPECT_EQ(after->id, before->id);
  fs::remove_all(root_ / "t/_delta_log");
  EXPECT_FALSE(catalog->GetTable("my_data", "default", "t")->files.empty());
  fs::remove_all(root_ / "t");
  EXPECT_FALSE(catalog->GetTable("my_data", "default", "t"));
}

TEST_F(FolderCatalogTest, AFolderReachedThroughALinkIsShared) {
  MakeTable("t");
  fs::create_directory_symlink(root_, outside_ / "alias");
  const auto catalog = Open(outside_ / "alias");
  ASSERT_TRUE(catalog);
  EXPECT_THAT(Names(**catalog, "my_data"), ElementsAre("default.t"));
}

TEST_F(FolderCatalogTest, TellsTablesOfOneNameApart) {
  MakeTable("a b/T");
  MakeTable("a_b/t");
  MakeTable("a_b/other");
  const auto scan = ScanFolder(root_);
  ASSERT_TRUE(scan);
  ASSERT_THAT(scan->warnings, SizeIs(1));
  EXPECT_THAT(scan->warnings[0], HasSubstr("\"a b/T\" as 'a_b.T_"));
  EXPECT_THAT(scan->warnings[0], HasSubstr("\"a_b/t\" as 'a_b.t_"));
  const auto catalog = OpenRoot();
  EXPECT_EQ(catalog->GetTable("my_data", "a_b", "t").error().kind, ErrorKind::kNotFound);
  const auto names = Names(*catalog, "my_data");
  EXPECT_THAT(names, SizeIs(3));
  EXPECT_EQ(names, Names(*OpenRoot(), "my_data"));
  EXPECT_TRUE(catalog->GetTable("my_data", "a_b", "other"));
}

TEST_F(FolderCatalogTest, SchemasThatDifferInCaseAreOne) {
  MakeTable("Sales/a");
  MakeTable("sales/b");
  const auto catalog = OpenRoot();
  ASSERT_THAT(*catalog->ListSchemas("my_data"), SizeIs(1));
  EXPECT_THAT(Names(*catalog, "my_data"), ElementsAre("Sales.a", "Sales.b"));
}

TEST_F(FolderCatalogTest, LookupsFindNewTablesAtOnce) {
  const auto catalog = OpenRoot();
  EXPECT_EQ(catalog->GetTable("my_data", "default", "late").error().kind, ErrorKind::kNotFound);
  MakeTable("late");
  const auto found = catalog->GetTable("my_data", "default", "late");
  ASSERT_TRUE(found);
  fs::remove_all(root_ / "late");
  EXPECT_EQ(catalog->GetTable("my_data", "default", "late").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(catalog->GetTableById(found->id).error().kind, ErrorKind::kNotFound);
}

TEST_F(FolderCatalogTest, ListsLookAtMostOnceASecond) {
  const auto catalog = OpenRoot();
  MakeTable("late");
  clock_.Advance(999);
  EXPECT_THAT(Names(*catalog, "my_data"), IsEmpty());
  clock_.Advance(1);
  EXPECT_THAT(Names(*catalog, "my_data"), ElementsAre("default.late"));
  MakeTable("later");
  clock_.Advance(-5000);
  EXPECT_THAT(Names(*catalog, "my_data"), ElementsAre("default.late", "default.later"));
}

TEST_F(FolderCatalogTest, ManyThreadsSeeWholeListings) {
  for (int i = 0; i < 20; ++i) MakeTable("t" + std::to_string(i));
  const auto catalog = OpenRoot();
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        clock_.Advance(600);
        const auto all = catalog->ListAllTables("my_data");
        if (!all || all->size() != 20) ++wrong;
        if (!catalog->GetTable("my_data", "default", "t" + std::to_string(j % 20))) ++wrong;
        if (catalog->GetTable("my_data", "default", "none")) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(FolderCatalogTest, KnowsItsOneRecipient) {
  const auto catalog = OpenRoot();
  EXPECT_EQ(catalog->FindRecipient(std::string(32, 'd'))->name, "laptop");
  EXPECT_EQ(catalog->FindRecipient(std::string(32, 'e')).error().kind, ErrorKind::kNotFound);
}

TEST_F(FolderCatalogTest, SaysWhyItCannotOpen) {
  const auto missing = Open(root_ / "nothing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr((root_ / "nothing").string()));
  std::ofstream(root_ / "file") << "x";
  EXPECT_EQ(Open(root_ / "file").error().kind, ErrorKind::kInvalidArgument);
}

TEST_F(FolderCatalogTest, AVanishedFolderIsUnavailableWithoutItsPath) {
  MakeTable("t");
  const auto catalog = OpenRoot();
  fs::rename(root_, outside_ / "gone");
  const auto table = catalog->GetTable("my_data", "default", "t");
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(table.error().message, testing::Not(HasSubstr(outside_.string())));
}

TEST(MakeName, TurnsWhatIsNotAllowedIntoUnderscores) {
  EXPECT_EQ(MakeName("a b/c.d#e\tf\x7f"), "a_b_c_d_e_f_");
  EXPECT_EQ(MakeName("größe"), "größe");
  EXPECT_EQ(MakeName("a\xC2\x9B[2J\xE2\x80\xAE.b"), "a_[2J__b");
  EXPECT_EQ(MakeName("gr\xf6\xdf"), "gr__");
  EXPECT_EQ(MakeName(""), "_");
  const std::string long_name = MakeName(std::string(400, 'x'));
  EXPECT_EQ(long_name.size(), 255U);
  EXPECT_NE(long_name, MakeName(std::string(401, 'x')));
  for (const std::string_view text : {"a b", "..", "\xff", "", "ü.ü"}) {
    EXPECT_TRUE(CheckSchemaOrTableName(MakeName(text))) << text;
  }
}

}  // namespace
}  // namespace sluice::catalog
