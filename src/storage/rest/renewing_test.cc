#include "storage/rest/renewing.h"

#include <gtest/gtest.h>

namespace sluice::storage {
namespace {

class SetClock : public Clock {
 public:
  std::int64_t NowMillis() const override { return now; }
  std::int64_t now = 1'000'000;
};

class RenewingTest : public ::testing::Test {
 protected:
  int ValueAt(std::int64_t now) {
    clock_.now = now;
    const auto got = renewing_.Get();
    return got ? (*got)->value : -1;
  }

  SetClock clock_;
  int fetches_ = 0;
  bool fails_ = false;
  std::int64_t life_ = 1000;
  Renewing<int> renewing_{[this]() -> Result<Expiring<int>> {
                            if (fails_) return Fail(ErrorKind::kUnavailable, "not now");
                            return Expiring<int>{++fetches_, clock_.now + life_};
                          },
                          clock_, 100, 10};
};

TEST_F(RenewingTest, IsFetchedAnewBeforeItEnds) {
  EXPECT_EQ(ValueAt(0), 1);
  EXPECT_EQ(ValueAt(899), 1);
  EXPECT_EQ(ValueAt(900), 2);
  EXPECT_EQ(ValueAt(1799), 2);
}

TEST_F(RenewingTest, WhatLivesShortIsRenewedHalfway) {
  life_ = 100;
  EXPECT_EQ(ValueAt(0), 1);
  EXPECT_EQ(ValueAt(49), 1);
  EXPECT_EQ(ValueAt(50), 2);
}

TEST_F(RenewingTest, TheOldOneServesWhileNoNewOneCanBeHad) {
  EXPECT_EQ(ValueAt(0), 1);
  fails_ = true;
  EXPECT_EQ(ValueAt(950), 1);
  fails_ = false;
  EXPECT_EQ(ValueAt(959), 1);
  EXPECT_EQ(ValueAt(960), 2);
  fails_ = true;
  EXPECT_EQ(ValueAt(1'959), 2);
  EXPECT_EQ(ValueAt(1'960), -1);
}

TEST_F(RenewingTest, WhatIsForgottenIsFetched) {
  EXPECT_EQ(ValueAt(0), 1);
  renewing_.Forget();
  EXPECT_EQ(ValueAt(1), 2);
}

TEST_F(RenewingTest, WhatNeverEndsIsFetchedOnce) {
  life_ = kNever - 2'000'000;
  int fetches = 0;
  const Renewing<int> forever([&]() -> Result<Expiring<int>> { return Expiring<int>{++fetches}; },
                              clock_);
  clock_.now = kNever - 1;
  EXPECT_EQ((*forever.Get())->value, 1);
  EXPECT_EQ((*forever.Get())->value, 1);
}

}  // namespace
}  // namespace sluice::storage
