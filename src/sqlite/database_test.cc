#include "sqlite/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/encoding.h"
#include "base/hash.h"

namespace sluice::sqlite {
namespace {

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() {
    folder_ = std::filesystem::temp_directory_path() / ("sluice-db-" + HexEncode(RandomBytes(8)));
    std::filesystem::create_directories(folder_);
  }
  ~DatabaseTest() override { std::filesystem::remove_all(folder_); }
  std::string Path() const { return folder_ / "file.sqlite"; }

  static std::int64_t Count(Database& database) {
    auto statement = database.Prepare("SELECT count(*) FROM t").value();
    EXPECT_TRUE(statement.Step().value());
    return statement.Number(0);
  }

  std::filesystem::path folder_;
};

TEST_F(DatabaseTest, KeepsWhatWasWritten) {
  const std::string text("a\0b\xC3\xA4'", 6);
  {
    auto database = Database::Open(Path()).value();
    ASSERT_TRUE(database.Execute("CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER) STRICT"));
    auto insert = database.Prepare("INSERT INTO t VALUES (?, ?)").value();
    ASSERT_TRUE(insert.Bind(1, text).Bind(2, std::int64_t{-5}).Run());
    EXPECT_EQ(database.Changes(), 1);
  }
  auto database = Database::Open(Path()).value();
  auto select = database.Prepare("SELECT k, n FROM t WHERE k = ?").value();
  ASSERT_TRUE(select.Bind(1, text).Step().value());
  EXPECT_EQ(select.Text(0), text);
  EXPECT_EQ(select.Number(1), -5);
  EXPECT_FALSE(select.Step().value());
  struct stat facts {};
  ASSERT_EQ(::stat(Path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
}

TEST_F(DatabaseTest, EveryCommitOfAnyConnectionHasAMarkOfItsOwn) {
  auto database = Database::Open(Path()).value();
  auto other = Database::Open(Path()).value();
  ASSERT_TRUE(database.Execute("CREATE TABLE t (k INTEGER PRIMARY KEY)"));
  const auto before = database.LastCommit();
  ASSERT_TRUE(before);
  EXPECT_EQ(other.LastCommit(), before);
  EXPECT_EQ(Count(other), 0);
  EXPECT_EQ(database.LastCommit(), before) << "reading is no commit";

  ASSERT_TRUE(other.Execute("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)"));
  EXPECT_EQ(database.LastCommit(), before) << "not committed yet";
  ASSERT_TRUE(other.Execute("ROLLBACK"));
  EXPECT_EQ(database.LastCommit(), before);

  // Past a checkpoint, after which the log begins anew.
  std::set<CommitMark> seen = {*before};
  for (int k = 0; k < 20; ++k) {
    ASSERT_TRUE(other.Execute(fmt::format("INSERT INTO t VALUES ({})", k)));
    if (k % 5 == 0) ASSERT_TRUE(other.Execute("PRAGMA wal_checkpoint(RESTART)"));
    EXPECT_TRUE(seen.insert(database.LastCommit().value()).second) << k;
  }
  EXPECT_EQ(Count(database), 20);
}

TEST_F(DatabaseTest, OneInMemoryHasNoMarks) {
  EXPECT_EQ(Database::Open("").value().LastCommit(), std::nullopt);
}

TEST_F(DatabaseTest, ATransactionTakesPlaceWhollyOrNotAtAll) {
  auto database = Database::Open("").value();
  ASSERT_TRUE(database.Execute("CREATE TABLE t (k INTEGER PRIMARY KEY)"));
  const auto failed = database.Transact([&]() -> Status {
    SLUICE_RETURN_IF_ERROR(database.Execute("INSERT INTO t VALUES (1)"));
    return database.Execute("INSERT INTO t VALUES (1)");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kAlreadyExists);
  EXPECT_EQ(Count(database), 0);
  EXPECT_TRUE(
      database.Transact([&]() -> Status { return database.Execute("INSERT INTO t VALUES (1)"); }));
  EXPECT_EQ(Count(database), 1);
}

TEST_F(DatabaseTest, ErrorsNameTheFile) {
  std::ofstream(Path()) << std::string(8192, 'x');
  const auto none = Database::Open(Path());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(none.error().message, testing::HasSubstr(Path()));
  const auto nowhere = Database::Open(folder_ / "no/file");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().kind, ErrorKind::kUnavailable);
  auto database = Database::Open("").value();
  EXPECT_EQ(database.Prepare("SELEKT").error().kind, ErrorKind::kInternal);
}

}  // namespace
}  // namespace sluice::sqlite
