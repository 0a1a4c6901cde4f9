// What every RowStore must do. A fixture has `std::unique_ptr<RowStore> Open()`, which opens the
// same rows each time, and `static const char* Skipped()`, why it cannot run here, or null.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "catalog/rows/kinds.h"

namespace sluice::catalog::rows {

template <typename Fixture>
class RowStoreConformance : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* reason = Fixture::Skipped()) GTEST_SKIP() << reason;
    fixture_ = std::make_unique<Fixture>();
    store_ = fixture_->Open();
    ASSERT_TRUE(store_);
  }

  RowStore& store() { return *store_; }
  std::unique_ptr<RowStore> OpenAgain() { return fixture_->Open(); }

  static Row Share(const std::string& key, const std::string& comment = "") {
    return {key, key, "id", comment, std::int64_t{7}, ""};
  }
  Status Insert(RowStore& store, const RowKind& kind, const Row& row) {
    return store.Write([&](RowWriter& writer, std::int64_t) { return writer.Insert(kind, row); });
  }
  std::vector<Row> Select(RowStore& store, const RowKind& kind, const Cells& where = {}) {
    std::vector<Row> found;
    const auto done = store.Read([&](RowReader& reader, std::int64_t) -> Status {
      SLUICE_TRY(found, reader.Select(kind, where));
      return {};
    });
    EXPECT_TRUE(done) << done.error().message;
    return found;
  }

  std::unique_ptr<Fixture> fixture_;
  std::unique_ptr<RowStore> store_;
};

TYPED_TEST_SUITE_P(RowStoreConformance);

TYPED_TEST_P(RowStoreConformance, KeepsEveryColumnOfEveryKind) {
  for (const RowKind* kind : AllKinds()) {
    Row row;
    std::int64_t next = 1LL << 40;
    for (const auto& column : kind->columns) {
      if (column.type == ColumnType::kInteger) {
        row.emplace_back(-(next++));
      } else {
        row.emplace_back("'; DROP TABLE sluice_" + std::string(kind->name) + "; -- \" \\ ü€\n" +
                         std::to_string(next++));
      }
    }
    const auto inserted = this->Insert(this->store(), *kind, row);
    ASSERT_TRUE(inserted) << kind->name << ": " << inserted.error().message;
    EXPECT_EQ(this->Select(this->store(), *kind), std::vector<Row>{row}) << kind->name;
  }
}

TYPED_TEST_P(RowStoreConformance, ATakenKeyIsAlreadyExists) {
  ASSERT_TRUE(this->Insert(this->store(), kShares, this->Share("a")));
  const auto again = this->Insert(this->store(), kShares, this->Share("a", "other"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::kAlreadyExists);
  EXPECT_EQ(this->Select(this->store(), kShares), std::vector<Row>{this->Share("a")});
  // Part of a key is none.
  EXPECT_TRUE(this->Insert(this->store(), kProperties, {"r", "a", "1"}));
  EXPECT_TRUE(this->Insert(this->store(), kProperties, {"r", "b", "1"}));
}

TYPED_TEST_P(RowStoreConformance, SelectsByAnyColumnsInTheOrderOfKeys) {
  for (const char* key : {"b", "a-", "a", "Z", "é"}) {
    ASSERT_TRUE(this->Insert(this->store(), kShares, this->Share(key, "x")));
  }
  ASSERT_TRUE(this->Insert(this->store(), kShares, this->Share("c", "y")));
  std::vector<std::string> keys;
  for (const auto& row : this->Select(this->store(), kShares, {{3, "x"}})) {
    keys.push_back(std::get<std::string>(row[0]));
  }
  EXPECT_THAT(keys, testing::ElementsAre("Z", "a", "a-", "b", "é"));
  EXPECT_TRUE(this->Select(this->store(), kShares, {{3, "x"}, {0, "c"}}).empty());
  EXPECT_EQ(this->Select(this->store(), kShares, {{4, std::int64_t{7}}, {0, "c"}}).size(), 1U);
}

TYPED_TEST_P(RowStoreConformance, WritesDependOnWhatIsThere) {
  ASSERT_TRUE(this->Insert(this->store(), kShares, this->Share("a", "old")));
  const auto done = this->store().Write([&](RowWriter& writer, std::int64_t) -> Status {
    SLUICE_TRY(const auto missed, writer.Update(kShares, {{0, "a"}, {2, "new"}}, {{3, "x"}}));
    EXPECT_EQ(missed, 0);
    SLUICE_TRY(const auto met,
               writer.Update(kShares, {{0, "a"}, {3, "old"}}, {{3, "x"}, {4, std::int64_t{9}}}));
    EXPECT_EQ(met, 1);
    SLUICE_TRY(const auto gone, writer.Delete(kShares, {{0, "b"}}));
    EXPECT_EQ(gone, 0);
    return {};
  });
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(this->Select(this->store(), kShares),
            (std::vector<Row>{{"a", "a", "id", "x", std::int64_t{9}, ""}}));
  const auto emptied = this->store().Write([&](RowWriter& writer, std::int64_t) -> Status {
    SLUICE_TRY(const auto gone, writer.Delete(kShares, {}));
    EXPECT_EQ(gone, 1);
    return {};
  });
  EXPECT_TRUE(emptied);
  EXPECT_TRUE(this->Select(this->store(), kShares).empty());
}

TYPED_TEST_P(RowStoreConformance, AWriteTakesPlaceWhollyOrNotAtAll) {
  const auto before = this->store().Version();
  ASSERT_TRUE(before);
  const auto failed = this->store().Write([&](RowWriter& writer, std::int64_t version) -> Status {
    EXPECT_EQ(version, *before + 1);
    SLUICE_RETURN_IF_ERROR(writer.Insert(kShares, this->Share("a")));
    SLUICE_TRY(const auto seen, writer.Select(kShares, {}));
    EXPECT_EQ(seen.size(), 1U);
    return Fail(ErrorKind::kInvalidArgument, "no");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "no");
  EXPECT_TRUE(this->Select(this->store(), kShares).empty());
  EXPECT_EQ(*this->store().Version(), *before);
  ASSERT_TRUE(this->Insert(this->store(), kShares, this->Share("a")));
  EXPECT_EQ(*this->store().Version(), *before + 1);
}

TYPED_TEST_P(RowStoreConformance, OthersSeeWritesAndTheirVersion) {
  const auto other = this->OpenAgain();
  ASSERT_TRUE(other);
  const auto before = other->Version();
  ASSERT_TRUE(this->Insert(this->store(), kShares, this->Share("a")));
  EXPECT_EQ(*other->Version(), *before + 1);
  EXPECT_EQ(this->Select(*other, kShares).size(), 1U);
  EXPECT_EQ(this->Insert(*other, kShares, this->Share("a")).error().kind,
            ErrorKind::kAlreadyExists);
  for (int more = 2; more < 10; ++more) {
    const auto version = *before + more;
    ASSERT_TRUE(this->Insert(this->store(), kShares, this->Share(std::to_string(more))));
    EXPECT_EQ(other->VersionAtHand().value_or(version), version);
    EXPECT_EQ(*other->Version(), version);
    EXPECT_EQ(other->VersionAtHand().value_or(version), version) << "asked again";
  }
}

TYPED_TEST_P(RowStoreConformance, WritersWaitForEachOther) {
  ASSERT_TRUE(this->Insert(this->store(), kShares, {"n", "n", "", "", std::int64_t{0}, ""}));
  const auto before = this->store().Version();
  const auto count_up = [this](RowStore& store) {
    for (int i = 0; i < 20; ++i) {
      const auto done = store.Write([](RowWriter& writer, std::int64_t) -> Status {
        SLUICE_TRY(const auto rows, writer.Select(kShares, {{0, "n"}}));
        const auto next = std::get<std::int64_t>(rows.at(0)[4]) + 1;
        SLUICE_RETURN_IF_ERROR(writer.Update(kShares, {{0, "n"}}, {{4, next}}));
        return {};
      });
      EXPECT_TRUE(done) << done.error().message;
    }
  };
  const auto other = this->OpenAgain();
  std::thread beside([&] { count_up(*other); });
  std::thread same([&] { count_up(this->store()); });
  count_up(this->store());
  beside.join();
  same.join();
  EXPECT_EQ(std::get<std::int64_t>(this->Select(this->store(), kShares).at(0)[4]), 60);
  EXPECT_EQ(*this->store().Version(), *before + 60);
}

REGISTER_TYPED_TEST_SUITE_P(RowStoreConformance, KeepsEveryColumnOfEveryKind,
                            ATakenKeyIsAlreadyExists, SelectsByAnyColumnsInTheOrderOfKeys,
                            WritesDependOnWhatIsThere, AWriteTakesPlaceWhollyOrNotAtAll,
                            OthersSeeWritesAndTheirVersion, WritersWaitForEachOther);

}  // namespace sluice::catalog::rows
