// Logs that are cleaned up between the moment they are listed and the moment they are read.
#include <gtest/gtest.h>

#include "delta/log_test_util.h"
#include "delta/table.h"

namespace sluice::delta {
namespace {

using testing::AddRow;
using testing::CheckpointKey;
using testing::CountingStore;
using testing::LiveFiles;
using testing::TestLog;

/// Versions 0 to 6 with a checkpoint of version 4. When the first commit is read, clean-up takes
/// away what is older than the checkpoint.
class CleanUpTest : public ::testing::Test {
 protected:
  CleanUpTest() {
    log_.Appends(6);
    counting_->before_read = [this](std::string_view key) {
      if (cleaned_up_ || !key.ends_with(".json")) return;
      cleaned_up_ = true;
      log_.Put(CheckpointKey(4),
               testing::ParquetOf(testing::CheckpointSchema(),
                                  {testing::kProtocolRow, testing::MetadataRow(), AddRow("f1"),
                                   AddRow("f2"), AddRow("f3"), AddRow("f4")}));
      for (int version = 0; version < 4; ++version) log_.Remove(CommitKey(version));
    };
  }

  TestLog log_;
  std::shared_ptr<CountingStore> counting_ = std::make_shared<CountingStore>(log_.store);
  bool cleaned_up_ = false;
  std::shared_ptr<Table> table_ = Table::Make(counting_, {});
};

TEST_F(CleanUpTest, TheLatestVersionIsFoundBehindTheCheckpoint) {
  const auto latest = table_->Latest();
  ASSERT_TRUE(latest) << latest.error().message;
  EXPECT_TRUE(cleaned_up_);
  EXPECT_EQ((*latest)->version(), 6);
  EXPECT_EQ(LiveFiles(**latest), (std::multiset<std::string>{"f1", "f2", "f3", "f4", "f5", "f6"}));
}

TEST_F(CleanUpTest, AVersionThatCanStillBeRebuiltIs) {
  const auto snapshot = table_->AtVersion(5);
  ASSERT_TRUE(snapshot) << snapshot.error().message;
  EXPECT_TRUE(cleaned_up_);
  EXPECT_EQ((*snapshot)->num_files(), 5);
}

TEST_F(CleanUpTest, AVersionThatIsGoneIsRefusedWithTheRangeThatIsLeft) {
  const auto gone = table_->AtVersion(2);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_NE(gone.error().message.find("4 to 6"), std::string::npos) << gone.error().message;
}

TEST_F(CleanUpTest, ChangesThatAreGoneAreRefusedWithTheRangeThatIsLeft) {
  ChangesRequest request;
  request.kind = ChangesKind::kFiles;
  request.first = 1;
  const auto changes = table_->ReadChanges(request);
  ASSERT_FALSE(changes);
  EXPECT_TRUE(cleaned_up_);
  EXPECT_EQ(changes.error().kind, ErrorKind::kInvalidArgument) << changes.error().message;
  EXPECT_NE(changes.error().message.find(" to 6"), std::string::npos) << changes.error().message;
  request.first = 5;
  EXPECT_TRUE(table_->ReadChanges(request));
}

TEST_F(CleanUpTest, AFollowerThatFellBehindStartsAnew) {
  cleaned_up_ = true;
  ASSERT_EQ(table_->Latest().value()->version(), 6);
  log_.Commit(7, {testing::AddLine("f7")});
  log_.Commit(8, {testing::AddLine("f8")});
  counting_->before_read = [this](std::string_view key) {
    if (key != CommitKey(7) || !log_.store->Stat(CommitKey(7))) return;
    log_.Put(CheckpointKey(8),
             testing::ParquetOf(testing::CheckpointSchema(),
                                {testing::kProtocolRow, testing::MetadataRow(), AddRow("g")}));
    for (int version = 0; version < 8; ++version) log_.Remove(CommitKey(version));
  };
  const auto latest = table_->Latest();
  ASSERT_TRUE(latest) << latest.error().message;
  EXPECT_EQ(LiveFiles(**latest), std::multiset<std::string>{"g"});
}

/// Clean-up removes files in any order: the first commit may be there when a later one is gone.
TEST_F(CleanUpTest, AHoleThatCleanUpIsMakingIsNoDamage) {
  cleaned_up_ = true;
  log_.Put(CheckpointKey(4),
           testing::ParquetOf(testing::CheckpointSchema(),
                              {testing::kProtocolRow, testing::MetadataRow(), AddRow("f1"),
                               AddRow("f2"), AddRow("f3"), AddRow("f4")}));
  counting_->before_read = [this](std::string_view key) {
    if (key == CommitKey(1) && log_.store->Stat(CommitKey(1))) log_.Remove(CommitKey(1));
  };
  const auto gone = table_->AtVersion(2);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::kInvalidArgument) << gone.error().message;
  EXPECT_NE(gone.error().message.find("4 to 6"), std::string::npos) << gone.error().message;
}

/// A commit that is missing though nothing was cleaned up is damage, and said to be.
TEST_F(CleanUpTest, AHoleIsNoCleanUp) {
  counting_->before_read = [this](std::string_view key) {
    if (key == CommitKey(3) && log_.store->Stat(CommitKey(3))) log_.Remove(CommitKey(3));
  };
  const auto latest = table_->Latest();
  ASSERT_FALSE(latest);
  EXPECT_EQ(latest.error().kind, ErrorKind::kDataMissing);
}

}  // namespace
}  // namespace sluice::delta
