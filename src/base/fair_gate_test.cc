#include "base/fair_gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <latch>
#include <vector>

namespace sluice {
namespace {

/// A task that waits until it is let go.
class Barrier {
 public:
  void Wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void AwaitWaiting(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= count; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  int waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

TEST(FairGate, OneOwnersTasksLeaveRoomForAnothers) {
  Barrier barrier;
  std::latch all(50);
  std::latch small(1);
  ThreadPool pool(4);
  FairGate gate(pool, 2);
  for (int i = 0; i < 50; ++i) {
    pool.Submit([&] {
      gate.Run("greedy", [&] {
        barrier.Wait();
        all.count_down();
      });
    });
  }
  barrier.AwaitWaiting(2);
  // Answered while all of the other's are running or waiting.
  pool.Submit([&] { gate.Run("modest", [&] { small.count_down(); }); });
  small.wait();
  EXPECT_EQ(barrier.waiting(), 2);
  barrier.Open();
  all.wait();
}

TEST(FairGate, KeepsTheOrderOfAnOwner) {
  std::vector<int> order;
  std::latch done(20);
  {
    ThreadPool pool(4);
    FairGate gate(pool, 1);
    Barrier barrier;
    pool.Submit([&] { gate.Run("a", [&] { barrier.Wait(); }); });
    barrier.AwaitWaiting(1);
    for (int i = 0; i < 20; ++i) {
      gate.Run("a", [&, i] {
        order.push_back(i);
        done.count_down();
      });
    }
    EXPECT_TRUE(order.empty());
    barrier.Open();
    done.wait();
  }
  ASSERT_EQ(order.size(), 20U);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(FairGate, RunsEverythingOfManyOwners) {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  std::latch done(400);
  ThreadPool pool(4);
  FairGate gate(pool, 1);
  std::vector<std::atomic<int>> of_owner(8);
  for (int i = 0; i < 400; ++i) {
    pool.Submit([&, owner = static_cast<std::size_t>(i % 8)] {
      gate.Run(std::to_string(owner), [&, owner] {
        EXPECT_EQ(++of_owner[owner], 1);
        int now = ++running;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        --running;
        --of_owner[owner];
        done.count_down();
      });
    });
  }
  done.wait();
  EXPECT_LE(most, 4);
}

}  // namespace
}  // namespace sluice
