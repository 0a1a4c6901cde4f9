// What every AuditStore must do. For tests. A fixture has `std::unique_ptr<AuditStore>
// OpenAudit()`, which opens the same rows each time, and `static const char* Skipped()`, as for
// row_store_conformance.h.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/rows/audit_store.h"

namespace sluice::catalog::rows {

template <typename Fixture>
class AuditConformance : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* reason = Fixture::Skipped()) GTEST_SKIP() << reason;
    fixture_ = std::make_unique<Fixture>();
    store_ = fixture_->OpenAudit();
    ASSERT_TRUE(store_);
  }

  static AuditRow Row(std::int64_t at_ms, const std::string& id, const std::string& recipient = "",
                      bool denied = false) {
    return {at_ms, id, recipient, "s.c.'t\"", denied, R"({"x":"')" + id + "\\\"ü'\"}"};
  }
  std::vector<std::string> Ids(const AuditRange& range, std::size_t limit = 1000,
                               const AuditRow* after = nullptr) {
    const auto found = store_->Select(range, limit, after);
    EXPECT_TRUE(found) << found.error().message;
    std::vector<std::string> ids;
    if (found) {
      for (const auto& row : *found) ids.push_back(row.request_id);
    }
    return ids;
  }

  std::unique_ptr<Fixture> fixture_;
  std::unique_ptr<AuditStore> store_;
};

TYPED_TEST_SUITE_P(AuditConformance);

TYPED_TEST_P(AuditConformance, KeepsRowsWhole) {
  const std::vector<AuditRow> rows = {this->Row(1LL << 41, "a", "ann", true),
                                      this->Row(1LL << 42, "'; DROP TABLE sluice_audit; --")};
  const auto added = this->store_->Append(rows);
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_EQ(this->store_->Select({}, 10).value(), rows);
  const auto other = this->fixture_->OpenAudit();
  EXPECT_EQ(other->Select({}, 10).value(), rows);
  EXPECT_TRUE(this->store_->Append({}));
}

TYPED_TEST_P(AuditConformance, WhatIsRepeatedIsThereOnce) {
  ASSERT_TRUE(this->store_->Append(std::vector{this->Row(1, "a", "ann")}));
  ASSERT_TRUE(this->store_->Append(
      std::vector{this->Row(1, "a", "other"), this->Row(1, "b"), this->Row(2, "a")}));
  EXPECT_EQ(this->store_->Select({}, 10)->size(), 3U);
  EXPECT_EQ(this->store_->Select({}, 1)->front().recipient, "ann");
}

TYPED_TEST_P(AuditConformance, IsAskedByRange) {
  ASSERT_TRUE(this->store_->Append(std::vector{
      this->Row(30, "c", "ann", true), this->Row(10, "a", "ann"), this->Row(20, "b", "bob")}));
  using testing::ElementsAre;
  EXPECT_THAT(this->Ids({}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(this->Ids({20, std::nullopt}), ElementsAre("b", "c"));
  EXPECT_THAT(this->Ids({std::nullopt, 20}), ElementsAre("a"));
  EXPECT_THAT(this->Ids({std::nullopt, std::nullopt, "ann"}), ElementsAre("a", "c"));
  EXPECT_THAT(this->Ids({std::nullopt, std::nullopt, "", "b"}), ElementsAre("b"));
  EXPECT_THAT(this->Ids({std::nullopt, std::nullopt, "", "", true}), ElementsAre("c"));
  EXPECT_THAT(this->Ids({10, 30, "bob"}), ElementsAre("b"));
}

TYPED_TEST_P(AuditConformance, ManyRowsComePageByPage) {
  std::vector<AuditRow> rows;
  for (int i = 0; i < 1234; ++i) rows.push_back(this->Row(i / 10, fmt::format("{:05}", i)));
  ASSERT_TRUE(this->store_->Append(rows));
  std::vector<AuditRow> found;
  for (;;) {
    const auto page = this->store_->Select({}, 100, found.empty() ? nullptr : &found.back());
    ASSERT_TRUE(page) << page.error().message;
    if (page->empty()) break;
    EXPECT_LE(page->size(), 100U);
    found.insert(found.end(), page->begin(), page->end());
  }
  EXPECT_EQ(found, rows);
}

TYPED_TEST_P(AuditConformance, WhatIsOldEnds) {
  std::vector<AuditRow> rows;
  for (int i = 0; i < 12'001; ++i) rows.push_back(this->Row(i, "x"));
  ASSERT_TRUE(this->store_->Append(rows));
  EXPECT_EQ(this->store_->DeleteBefore(12'000).value_or(-1), 12'000);
  EXPECT_EQ(this->store_->Select({}, 10), (std::vector<AuditRow>{rows.back()}));
  EXPECT_EQ(this->store_->DeleteBefore(12'000).value_or(-1), 0);
}

REGISTER_TYPED_TEST_SUITE_P(AuditConformance, KeepsRowsWhole, WhatIsRepeatedIsThereOnce,
                            IsAskedByRange, ManyRowsComePageByPage, WhatIsOldEnds);

}  // namespace sluice::catalog::rows
