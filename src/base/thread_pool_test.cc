#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <numeric>
#include <set>

namespace sluice {
namespace {

TEST(ThreadPool, RunsTasksInTheOrderTheyCame) {
  std::vector<int> ran;
  {
    ThreadPool pool(1);
    for (int i = 0; i < 100; ++i) pool.Submit([&ran, i] { ran.push_back(i); });
  }
  std::vector<int> expected(100);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(ran, expected);
}

TEST(ThreadPool, TheDestructorFinishesWhatWasSubmittedEvenByTasks) {
  std::atomic<int> ran{0};
  {
    ThreadPool pool(2);
    for (int i = 0; i < 50; ++i) {
      pool.Submit([&] {
        ++ran;
        pool.Submit([&] { ++ran; });
      });
    }
  }
  EXPECT_EQ(ran, 100);
}

TEST(ThreadPool, RunsAsManyTasksAtOnceAsItHasThreads) {
  // Each task returns only when all three run side by side.
  std::mutex mutex;
  std::condition_variable arrived;
  int count = 0;
  std::promise<void> finished;
  ThreadPool pool(3);  // Destroyed before what its tasks use.
  for (int i = 0; i < 3; ++i) {
    pool.Submit([&] {
      std::unique_lock lock(mutex);
      if (++count == 3) finished.set_value();
      arrived.notify_all();
      arrived.wait(lock, [&] { return count >= 3; });
    });
  }
  EXPECT_EQ(finished.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST(ThreadPool, SizeIsAsAsked) {
  EXPECT_EQ(ThreadPool(3).size(), 3);
  EXPECT_GE(ThreadPool().size(), 1);
}

TEST(ParallelFor, CallsEachIndexOnce) {
  ThreadPool pool(4);
  for (const int count : {0, 1, 2, 7, 1000}) {
    std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
    pool.ParallelFor(count, [&](int i) { ++calls[static_cast<std::size_t>(i)]; });
    for (const auto& called : calls) EXPECT_EQ(called, 1);
  }
}

TEST(ParallelFor, NothingToDoReturns) {
  ThreadPool pool(1);
  pool.ParallelFor(-1, [](int) { ADD_FAILURE(); });
  pool.ParallelFor(0, [](int) { ADD_FAILURE(); });
}

TEST(ParallelFor, NestsWithoutWaitingForItself) {
  ThreadPool pool(2);
  std::atomic<int> leaves{0};
  pool.ParallelFor(8, [&](int) {
    pool.ParallelFor(8, [&](int) { pool.ParallelFor(4, [&](int) { ++leaves; }); });
  });
  EXPECT_EQ(leaves, 256);
}

TEST(ParallelFor, WorksFromATaskOfTheSamePool) {
  ThreadPool pool(1);
  std::promise<int> result;
  pool.Submit([&] {
    std::atomic<int> sum{0};
    pool.ParallelFor(10, [&](int i) { sum += i; });
    result.set_value(sum);
  });
  auto future = result.get_future();
  ASSERT_EQ(future.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_EQ(future.get(), 45);
}

TEST(ParallelFor, TheCallerHelpsWhenThePoolIsBusy) {
  ThreadPool pool(1);
  std::promise<void> release;
  pool.Submit([gate = release.get_future().share()] { gate.wait(); });
  const auto caller = std::this_thread::get_id();
  int calls = 0;
  pool.ParallelFor(5, [&](int) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    ++calls;
  });
  EXPECT_EQ(calls, 5);
  release.set_value();
}

}  // namespace
}  // namespace sluice
