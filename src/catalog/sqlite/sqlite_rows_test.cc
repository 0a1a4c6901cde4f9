#include "catalog/sqlite/sqlite_rows.h"

#include <filesystem>
#include <fstream>

#include "base/encoding.h"
#include "base/hash.h"
#include "catalog/rows/audit_conformance.h"
#include "catalog/rows/row_store_conformance.h"
#include "catalog/rows/upgrade_test.h"
#include "sqlite/database.h"

namespace sluice::catalog {
namespace {

namespace fs = std::filesystem;

class SqliteFixture {
 public:
  static const char* Skipped() { return nullptr; }
  SqliteFixture() { fs::create_directories(folder_); }
  ~SqliteFixture() { fs::remove_all(folder_); }
  SqliteFixture(const SqliteFixture&) = delete;
  SqliteFixture& operator=(const SqliteFixture&) = delete;

  std::string path() const { return (folder_ / "catalog.db").string(); }
  bool Execute(const std::string& sql) const {
    auto database = sqlite::Database::Open(path());
    return database && database->Execute(sql);
  }
  std::unique_ptr<rows::AuditStore> OpenAudit() {
    auto opened = OpenSqliteAudit(path());
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }
  std::unique_ptr<rows::RowStore> Open() {
    auto opened = OpenSqliteRows(path());
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }

 private:
  const fs::path folder_ = fs::temp_directory_path() / ("sluice-rows-" + HexEncode(RandomBytes(8)));
};

TEST(SqliteRows, TheFileIsItsOwnersAlone) {
  SqliteFixture fixture;
  ASSERT_TRUE(fixture.Open());
  EXPECT_EQ(fs::status(fixture.path()).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST(SqliteRows, ANewerSchemaIsRefusedByItsNumber) {
  SqliteFixture fixture;
  ASSERT_TRUE(fixture.Open());
  auto database = sqlite::Database::Open(fixture.path());
  ASSERT_TRUE(database);
  ASSERT_TRUE(database->Execute("UPDATE sluice_meta SET value = 99 WHERE name = 'schema'"));
  const auto opened = OpenSqliteRows(fixture.path());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("schema 99"));
}

TEST(SqliteRows, OldSchemasAreBroughtUpToDate) {
  rows::CheckUpgrades<SqliteFixture>();
}

TEST(SqliteRows, WhatIsNoDatabaseIsCorrupt) {
  SqliteFixture fixture;
  std::ofstream(fixture.path()) << std::string(5000, 'x');
  const auto opened = OpenSqliteRows(fixture.path());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("catalog.db"));
}

}  // namespace

namespace rows {
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, RowStoreConformance, SqliteFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, AuditConformance, SqliteFixture);
}  // namespace rows

}  // namespace sluice::catalog
