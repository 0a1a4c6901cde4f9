// A fixed pool for work that computes or blocks, so that event loops never do.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sluice {

/// Runs tasks in the order they were submitted, on a fixed number of threads.
/// Thread-safe. The destructor finishes what was submitted, then joins.
class ThreadPool {
 public:
  /// `threads` = 0 means one a core.
  explicit ThreadPool(int threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// `task` must not throw. A task may submit others but must not wait for them.
  void Submit(std::function<void()> task);

  /// Runs body(0) … body(count - 1), the calling thread helping, and returns when all are done.
  /// Safe to call from a task of the same pool.
  void ParallelFor(int count, const std::function<void(int)>& body);

  int size() const { return static_cast<int>(threads_.size()); }

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// Runs body(0) … body(count - 1) as ThreadPool::ParallelFor, or without a pool (null), or when
/// there is only one, on the calling thread.
void ForAll(ThreadPool* pool, std::size_t count, const std::function<void(std::size_t)>& body);

}  // namespace sluice
