#include "catalog/postgres/postgres_rows.h"

#include "catalog/postgres/test_cluster.h"
#include "catalog/rows/audit_conformance.h"
#include "catalog/rows/row_store_conformance.h"
#include "catalog/rows/upgrade_test.h"

namespace sluice::catalog {
namespace {

/// A database of its own on the one server of these tests.
class PostgresFixture {
 public:
  static const char* Skipped() {
    if (TestCluster::Program("pg_ctl").empty()) return "no PostgreSQL server is installed";
    return TestCluster::Get() == nullptr ? "no PostgreSQL server could be started" : nullptr;
  }
  PostgresFixture() {
    static int next = 0;
    database_ = "rows" + std::to_string(next++);
    EXPECT_TRUE(TestCluster::Get()->Run("CREATE DATABASE " + database_));
  }
  std::string url() const { return TestCluster::Get()->Url(database_); }
  bool Execute(const std::string& sql) const { return TestCluster::Get()->Run(sql, database_); }
  std::unique_ptr<rows::AuditStore> OpenAudit() {
    auto opened = OpenPostgresAudit(url());
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }
  std::unique_ptr<rows::RowStore> Open() {
    auto opened = OpenPostgresRows(url());
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? *std::move(opened) : nullptr;
  }

 private:
  std::string database_;
};

class PostgresRows : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* reason = PostgresFixture::Skipped()) GTEST_SKIP() << reason;
  }
};

TEST_F(PostgresRows, ManyWhoOpenAtOnceMakeOneSchema) {
  PostgresFixture fixture;
  std::vector<std::thread> openers;
  for (int i = 0; i < 6; ++i) {
    openers.emplace_back([&] { EXPECT_TRUE(fixture.Open()); });
  }
  for (auto& opener : openers) opener.join();
}

TEST_F(PostgresRows, ALostConnectionIsMadeAnew) {
  PostgresFixture fixture;
  const auto store = fixture.Open();
  ASSERT_TRUE(store);
  const auto before = store->Version();
  ASSERT_TRUE(TestCluster::Get()->Restart());
  const auto after = store->Version();
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(*after, *before);
  ASSERT_TRUE(TestCluster::Get()->Restart());
  EXPECT_TRUE(store->Write([](rows::RowWriter&, std::int64_t) -> Status { return {}; }));
}

TEST_F(PostgresRows, OldSchemasAreBroughtUpToDate) {
  rows::CheckUpgrades<PostgresFixture>();
}

TEST_F(PostgresRows, AMissingDatabaseIsUnavailable) {
  const auto opened = OpenPostgresRows(TestCluster::Get()->Url("nowhere") + "&password=s3cret");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("nowhere"));
  EXPECT_THAT(opened.error().message, testing::Not(testing::HasSubstr("s3cret")));
}

TEST(PostgresUrl, WhatIsNoneIsRefusedWithoutAWordOfIt) {
  for (const char* url : {"mysql://u:s3cret@h/db", "postgresql://u:s3cret@h/db?s3cret",
                          "host=h password=s3cret", ""}) {
    const auto opened = OpenPostgresRows(url);
    ASSERT_FALSE(opened) << url;
    EXPECT_EQ(opened.error().kind, ErrorKind::kInvalidArgument) << url;
    EXPECT_THAT(opened.error().message, testing::Not(testing::HasSubstr("s3cret")));
  }
}

}  // namespace

namespace rows {
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, RowStoreConformance, PostgresFixture);
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, AuditConformance, PostgresFixture);
}  // namespace rows

}  // namespace sluice::catalog
