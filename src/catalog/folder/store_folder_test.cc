#include "catalog/folder/store_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/folder/folder_schemas.h"
#include "catalog/yaml/yaml_catalog.h"
#include "storage/memory_store.h"

namespace sluice::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kPeriod = 60'000;

class ManualClock : public Clock {
 public:
  std::int64_t NowMillis() const override { return now; }
  std::atomic<std::int64_t> now = 1'000'000;
};

/// Counts listings, waits before each while it is told to, and refuses some.
class WatchedStore final : public storage::MemoryStore {
 public:
  Result<storage::FolderListing> ListFolder(std::string_view prefix) const override {
    std::unique_lock lock(mutex_);
    ++listings_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    if (fails_) return Fail(*fails_, "no");
    if (!denied_.empty() && prefix.starts_with(denied_)) {
      return Fail(ErrorKind::kPermissionDenied, "403 AccessDenied");
    }
    lock.unlock();
    return MemoryStore::ListFolder(prefix);
  }

  void Hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  void FailWith(std::optional<ErrorKind> kind) {
    const std::lock_guard lock(mutex_);
    fails_ = kind;
  }
  void Deny(std::string prefix) {
    const std::lock_guard lock(mutex_);
    denied_ = std::move(prefix);
  }
  int listings() const {
    const std::lock_guard lock(mutex_);
    return listings_;
  }
  /// Whether there are more than `before` within a while.
  bool WaitForMoreThan(int before) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return listings_ > before; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable int listings_ = 0;
  bool held_ = false;
  std::optional<ErrorKind> fails_;
  std::string denied_;
};

class StoreFolderTest : public testing::Test {
 protected:
  void MakeTable(const std::string& folder) {
    ASSERT_TRUE(store_->Put(folder + "/_delta_log/00000000000000000000.json", "x", 1));
  }
  void MakeFile(const std::string& key) { ASSERT_TRUE(store_->Put(key, "x", 1)); }
  std::unique_ptr<StoreFolder> Open(ScanRules rules = {"S", "Raw"}) {
    return std::make_unique<StoreFolder>(
        MakeStoreTree(store_, storage::ParseLocation("s3://lake/raw").value()), std::move(rules),
        kPeriod, clock_);
  }
  static std::vector<std::string> Names(const FolderTables& folder) {
    const auto listing = folder.Recent();
    if (!listing) return {std::string(KindName(listing.error().kind))};
    std::vector<std::string> names;
    const auto tables = (*listing)->ListAllTables("s");
    for (const auto& table : tables.value_or(std::vector<Table>())) names.push_back(table.name);
    return names;
  }
  /// What is known once it is that; a look that is under way is waited for.
  static bool Becomes(const FolderTables& folder, const std::vector<std::string>& names) {
    for (int tries = 0; tries < 2'000; ++tries) {
      if (Names(folder) == names) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }

  ManualClock clock_;
  std::shared_ptr<WatchedStore> store_ = std::make_shared<WatchedStore>();
};

TEST_F(StoreFolderTest, TablesAreFoundAndNamedAsOnThisMachine) {
  MakeTable("orders");
  MakeTable("deep/er/Items");
  MakeTable("a b.c");
  MakeTable("orders/nested");
  MakeTable(".hidden/x");
  MakeTable("_staging/x");
  MakeTable("1/2/3/4/5/6/7/eighth");
  MakeTable("1/2/3/4/5/6/7/8/ninth");
  MakeFile("plain/a.PARQUET");
  MakeFile("parted/y=1/m=2/b.parquet");
  MakeFile("words/c.csv");
  MakeFile("_x.parquet");
  const auto folder = Open();
  EXPECT_THAT(Names(*folder), ElementsAre("a_b_c", "eighth", "Items", "orders", "parted", "plain"));
  const auto find = [&](const char* name) {
    return folder->LookAtRecent([=](const Listing& all) { return all.GetTable("s", "raw", name); });
  };
  EXPECT_EQ(find("items")->location, "s3://lake/raw/deep/er/Items");
  EXPECT_TRUE(find("items")->files.empty());
  EXPECT_FALSE(find("plain")->files.empty());
  EXPECT_EQ(find("none").error().kind, ErrorKind::kNotFound);
}

TEST_F(StoreFolderTest, PatternsChooseAndRulesHoldForAll) {
  for (const char* path : {"sales/a", "sales/tmp_c", "hr/d"}) MakeTable(path);
  ScanRules rules{"S", "Raw"};
  rules.include = Glob::ParseAll({"sales/*"}).value();
  rules.exclude = Glob::ParseAll({"**/tmp_*"}).value();
  rules.history_shared = true;
  rules.row_filter = "x = 1";
  rules.storage = {{"region", "eu-west-1"}};
  const auto folder = Open(rules);
  EXPECT_THAT(Names(*folder), ElementsAre("a"));
  const auto table = folder->Recent().value()->GetTable("s", "raw", "a");
  EXPECT_TRUE(table->history_shared);
  EXPECT_EQ(table->row_filter, "x = 1");
  EXPECT_EQ(table->storage.at("region"), "eu-west-1");
}

TEST_F(StoreFolderTest, ThePlaceItselfMayBeTheTable) {
  MakeFile("_delta_log/00000000000000000000.json");
  MakeTable("below");
  EXPECT_THAT(Names(*Open()), ElementsAre("raw"));
}

TEST_F(StoreFolderTest, RequestsGoByWhatIsKnownWhileItIsLookedAtAgain) {
  MakeTable("a");
  const auto folder = Open();
  EXPECT_THAT(Names(*folder), ElementsAre("a"));
  MakeTable("b");
  const int looks = store_->listings();
  clock_.now += kPeriod - 1;
  EXPECT_THAT(Names(*folder), ElementsAre("a"));
  EXPECT_EQ(store_->listings(), looks);
  store_->Hold(true);
  clock_.now += 1;
  EXPECT_THAT(Names(*folder), ElementsAre("a"));
  EXPECT_TRUE(store_->WaitForMoreThan(looks));
  EXPECT_THAT(Names(*folder), ElementsAre("a"));
  store_->Hold(false);
  EXPECT_TRUE(Becomes(*folder, {"a", "b"}));
}

TEST_F(StoreFolderTest, WhatNobodyAskedForLongIsWaitedFor) {
  MakeTable("a");
  const auto folder = Open();
  EXPECT_THAT(Names(*folder), ElementsAre("a"));
  const int looks = store_->listings();
  clock_.now += 100 * kPeriod;
  ASSERT_TRUE(store_->Remove("a/_delta_log/00000000000000000000.json"));
  MakeTable("b");
  EXPECT_EQ(store_->listings(), looks);
  EXPECT_THAT(Names(*folder), ElementsAre("b"));
}

TEST_F(StoreFolderTest, WhatCannotBeReadIsUnavailableUntilItCan) {
  MakeTable("a");
  store_->FailWith(ErrorKind::kPermissionDenied);
  const auto folder = Open();
  EXPECT_THAT(Names(*folder), ElementsAre("unavailable"));
  EXPECT_FALSE(
      folder->LookAtHeld([](const Listing& all) { return all.GetTable("s", "raw", "a"); }));
  store_->FailWith(std::nullopt);
  EXPECT_THAT(Names(*folder), ElementsAre("unavailable"));
  clock_.now += 5'000;
  EXPECT_TRUE(Becomes(*folder, {"a"}));
  store_->FailWith(ErrorKind::kUnavailable);
  clock_.now += kPeriod;
  EXPECT_TRUE(Becomes(*folder, {"unavailable"}));
}

TEST_F(StoreFolderTest, AFolderThatMayNotBeReadIsPassedOver) {
  MakeTable("a");
  MakeTable("secret/b");
  store_->Deny("secret/");
  EXPECT_THAT(Names(*Open()), ElementsAre("a"));
}

TEST_F(StoreFolderTest, ItIsASchemaOfACatalog) {
  MakeTable("orders");
  YamlCatalogOptions options;
  SharedFolder shared{"s3://lake/raw"};
  shared.storage = {{"region", "eu-west-1"}};
  options.shares = {{"S", {{"Raw", {}}}}};
  options.shares[0].schemas[0].folder = shared;
  std::string asked;
  StoreFolders stores;
  stores.open =
      [&](const storage::Location& place,
          const storage::StoreOptions& own) -> Result<std::shared_ptr<const storage::ObjectStore>> {
    asked = place.Text() + " " + own.at("region");
    return store_;
  };
  const auto catalog = WithFolders(MakeYamlCatalog(options).value(), stores, clock_);
  const auto table = catalog->GetTable("s", "raw", "orders");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(asked, "s3://lake/raw eu-west-1");
  EXPECT_EQ(table->location, "s3://lake/raw/orders");
  EXPECT_EQ(table->storage, shared.storage);
  EXPECT_EQ(catalog->GetTableById(table->id)->name, "orders");
  EXPECT_EQ(catalog->GetTableById("none").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(catalog->ListTables("s", "raw")->size(), 1U);
}

}  // namespace
}  // namespace sluice::catalog
