#include "base/renewing.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace sluice {
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

TEST_F(RenewingTest, WhatWasReplacedSinceIsNotForgotten) {
  const auto first = renewing_.Get();
  renewing_.Forget(*first);
  const auto second = renewing_.Get();
  EXPECT_EQ((*second)->value, 2);
  renewing_.Forget(*first);
  EXPECT_EQ((*renewing_.Get())->value, 2);
}

/// A fetch that waits until the test lets it end, and callers beside it.
class RenewingThreads : public RenewingTest {
 protected:
  Renewing<int>::Fetch Held(Result<Expiring<int>> result) {
    return [this, result]() -> Result<Expiring<int>> {
      ++fetches_;
      begun_.set_value();
      go_.get_future().wait();
      return result;
    };
  }
  static Renewing<int>::Fetch Never() {
    return []() -> Result<Expiring<int>> {
      ADD_FAILURE() << "fetched beside another";
      return Fail(ErrorKind::kInternal, "no");
    };
  }
  /// Calls in threads that have all asked once when it returns.
  void Wait(int count, const Renewing<int>::Fetch& fetch) {
    std::atomic<int> asked{0};
    for (int i = 0; i < count; ++i) {
      callers_.push_back(std::async(std::launch::async, [this, &asked, fetch] {
        bool told = false;
        return renewing_.Get(fetch, [&asked, told]() mutable {
          if (!std::exchange(told, true)) ++asked;
          return false;
        });
      }));
    }
    while (asked < count) std::this_thread::yield();
  }

  std::promise<void> begun_;
  std::promise<void> go_;
  std::vector<std::future<Result<Renewing<int>::Ptr>>> callers_;
};

TEST_F(RenewingThreads, OneFetchServesAll) {
  auto first = std::async(std::launch::async, [&] {
    return renewing_.Get(Held(Expiring<int>{7, kNever}), {});
  });
  begun_.get_future().wait();
  Wait(3, Never());
  go_.set_value();
  EXPECT_EQ((*first.get())->value, 7);
  for (auto& caller : callers_) EXPECT_EQ((*caller.get())->value, 7);
  EXPECT_EQ(fetches_, 1);
}

TEST_F(RenewingThreads, AFailureIsThatOfAllWhoWaitedForIt) {
  auto first = std::async(std::launch::async, [&] {
    return renewing_.Get(Held(Fail(ErrorKind::kUnavailable, "not now")), {});
  });
  begun_.get_future().wait();
  Wait(3, Never());
  go_.set_value();
  EXPECT_FALSE(first.get());
  for (auto& caller : callers_) EXPECT_EQ(caller.get().error().message, "not now");
  // Those who ask later try again.
  EXPECT_EQ(ValueAt(0), 2);
}

TEST_F(RenewingThreads, WhoGivesUpDoesSoForItselfAlone) {
  auto first = std::async(std::launch::async, [&] {
    return renewing_.Get(Held(Fail(ErrorKind::kCancelled, "cancelled")), {});
  });
  begun_.get_future().wait();
  const auto impatient = renewing_.Get(Never(), [] { return true; });
  EXPECT_EQ(impatient.error().kind, ErrorKind::kCancelled);
  Wait(1, []() -> Result<Expiring<int>> { return Expiring<int>{8, kNever}; });
  go_.set_value();
  EXPECT_EQ(first.get().error().kind, ErrorKind::kCancelled);
  EXPECT_EQ((*callers_[0].get())->value, 8);
}

TEST_F(RenewingThreads, TheOldOneServesWhileTheNewOneIsFetched) {
  EXPECT_EQ(ValueAt(0), 1);
  clock_.now = 950;
  auto first = std::async(std::launch::async, [&] {
    return renewing_.Get(Held(Expiring<int>{7, kNever}), {});
  });
  begun_.get_future().wait();
  EXPECT_EQ((*renewing_.Get(Never(), {}))->value, 1);
  go_.set_value();
  EXPECT_EQ((*first.get())->value, 7);
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
}  // namespace sluice
