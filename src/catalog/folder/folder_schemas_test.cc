#include "catalog/folder/folder_schemas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/encoding.h"
#include "base/hash.h"
#include "catalog/listed_catalog.h"

namespace sluice::catalog {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ManualClock : public Clock {
 public:
  std::int64_t NowMillis() const override { return now; }
  std::int64_t now = 1'000'000;
};

/// A listing that a test may change, as a catalog.
class ListingCatalog final : public ListedCatalog {
 public:
  Result<Recipient> FindRecipient(std::string_view) const override {
    return Fail(ErrorKind::kNotFound, "nobody");
  }
  Listing& filled() { return listing_; }
};

class FolderSchemasTest : public testing::Test {
 protected:
  FolderSchemasTest() { fs::create_directories(root_); }
  ~FolderSchemasTest() override { fs::remove_all(outside_); }

  void MakeTable(const fs::path& below) { fs::create_directories(root_ / below / "_delta_log"); }

  /// The share "S" with the schema "Raw", whose tables are those of the folder.
  void Share(SharedFolder folder) {
    inner_->filled() = {};
    ASSERT_TRUE(inner_->filled().AddShare({"S"}));
    folder.location = root_.string();
    ASSERT_TRUE(inner_->filled().AddSchema({"S", "Raw", std::move(folder)}));
    ASSERT_TRUE(inner_->filled().AddSchema({"S", "plain"}));
  }
  void Add(const std::string& schema, const std::string& name) {
    Table table{"S", schema, name};
    table.id = name;
    table.location = "/named/" + name;
    ASSERT_TRUE(inner_->filled().AddTable(table));
  }
  std::vector<std::string> Names(std::string_view schema = "raw") {
    std::vector<std::string> names;
    const auto tables = catalog_->ListTables("s", schema);
    EXPECT_TRUE(tables) << tables.error().message;
    if (tables) {
      for (const auto& table : *tables) names.push_back(table.schema + "." + table.name);
    }
    return names;
  }

  const fs::path outside_ =
      fs::canonical(fs::temp_directory_path()) / ("sluice-schemas-" + HexEncode(RandomBytes(8)));
  const fs::path root_ = outside_ / "root";
  ManualClock clock_;
  std::shared_ptr<ListingCatalog> inner_ = std::make_shared<ListingCatalog>();
  std::shared_ptr<const CatalogStore> catalog_ = WithFolders(inner_, {}, clock_);
};

TEST_F(FolderSchemasTest, FoldersAreTablesAsTheyComeAndGo) {
  Share({"", {}, {}, true, "country = 'DE'"});
  EXPECT_THAT(Names(), IsEmpty());
  EXPECT_EQ(catalog_->GetTable("s", "raw", "orders").error().kind, ErrorKind::kNotFound);
  MakeTable("orders");
  MakeTable("deep/er/Items");
  // Whoever asks for what is not there makes the disk no busier than once a second.
  EXPECT_EQ(catalog_->GetTable("s", "raw", "orders").error().kind, ErrorKind::kNotFound);
  clock_.now += 1000;
  const auto orders = catalog_->GetTable("s", "raw", "ORDERS");
  ASSERT_TRUE(orders) << orders.error().message;
  EXPECT_EQ(orders->share, "S");
  EXPECT_EQ(orders->schema, "Raw");
  EXPECT_EQ(orders->location, (root_ / "orders").string());
  EXPECT_TRUE(orders->history_shared);
  EXPECT_EQ(orders->row_filter, "country = 'DE'");
  EXPECT_FALSE(orders->configured_id);
  EXPECT_EQ(catalog_->GetTableById(orders->id)->name, "orders");
  EXPECT_THAT(Names(), ElementsAre("Raw.Items", "Raw.orders"));
  EXPECT_THAT(Names("plain"), IsEmpty());
  EXPECT_EQ(catalog_->ListAllTables("s")->size(), 2U);
  fs::remove_all(root_ / "orders");
  EXPECT_EQ(catalog_->GetTable("s", "raw", "orders").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(catalog_->GetTableById(orders->id).error().kind, ErrorKind::kNotFound);
}

TEST_F(FolderSchemasTest, PatternsChooseByPath) {
  for (const char* path : {"sales/a", "sales/b", "sales/tmp_c", "hr/d", "top"}) MakeTable(path);
  Share({"", {"sales/*", "top"}, {"**/tmp_*"}});
  EXPECT_THAT(Names(), ElementsAre("Raw.a", "Raw.b", "Raw.top"));
  EXPECT_EQ(catalog_->GetTable("s", "raw", "d").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(catalog_->GetTable("s", "raw", "tmp_c").error().kind, ErrorKind::kNotFound);
}

TEST_F(FolderSchemasTest, WhatIsNamedComesFirst) {
  MakeTable("a");
  MakeTable("B");
  MakeTable("d");
  Share({});
  Add("raw", "b");
  Add("raw", "C");
  Add("plain", "e");
  EXPECT_THAT(Names(), ElementsAre("Raw.a", "Raw.b", "Raw.C", "Raw.d"));
  EXPECT_EQ(catalog_->GetTable("s", "raw", "B")->location, "/named/b");
  EXPECT_EQ(catalog_->GetTableById("e")->schema, "plain");
  EXPECT_EQ(catalog_->ListAllTables("s")->size(), 5U);
}

TEST_F(FolderSchemasTest, NothingOutsideIsReached) {
  fs::create_directories(outside_ / "secret/_delta_log");
  fs::create_directory_symlink(outside_ / "secret", root_ / "link");
  fs::create_directories(root_ / "half");
  fs::create_directory_symlink(outside_ / "secret/_delta_log", root_ / "half/_delta_log");
  MakeTable("swapped");
  MakeTable("a b.c");
  Share({});
  EXPECT_THAT(Names(), ElementsAre("Raw.a_b_c", "Raw.swapped"));
  fs::remove_all(root_ / "swapped");
  fs::create_directory_symlink(outside_ / "secret", root_ / "swapped");
  for (const char* name : {"link", "half", "swapped", "../secret", "..", "a b.c", ""}) {
    EXPECT_EQ(catalog_->GetTable("s", "raw", name).error().kind, ErrorKind::kNotFound) << name;
  }
}

TEST_F(FolderSchemasTest, ASchemaWithoutItsFolderHasNoneOfItsTables) {
  MakeTable("a");
  MakeTable("b");
  Share({});
  const auto table = catalog_->GetTable("s", "raw", "a");
  ASSERT_TRUE(table);
  Share({"", {"b"}});
  EXPECT_EQ(catalog_->GetTable("s", "raw", "a").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(catalog_->GetTableById(table->id).error().kind, ErrorKind::kNotFound);
  inner_->filled() = {};
  ASSERT_TRUE(inner_->filled().AddShare({"S"}));
  EXPECT_EQ(catalog_->GetTableById(table->id).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(catalog_->GetTable("s", "raw", "b").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(catalog_->ListTables("s", "raw").error().kind, ErrorKind::kNotFound);
}

TEST_F(FolderSchemasTest, AFolderThatIsAwayIsUnavailableWithoutItsPath) {
  Share({});
  Add("plain", "e");
  fs::rename(root_, outside_ / "gone");
  const auto listed = catalog_->ListTables("s", "raw");
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(listed.error().message, Not(HasSubstr(outside_.string())));
  EXPECT_EQ(catalog_->GetTable("s", "raw", "x").error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(catalog_->GetTableById("unknown").error().kind, ErrorKind::kUnavailable);
  // What needs it not goes on.
  EXPECT_TRUE(catalog_->GetTable("s", "plain", "e"));
  EXPECT_TRUE(catalog_->GetTableById("e"));
  EXPECT_TRUE(catalog_->ListTables("s", "plain"));
}

}  // namespace
}  // namespace sluice::catalog
