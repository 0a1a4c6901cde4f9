// What waits in front of a pool: counted, timed, and no more than a limit.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/thread_pool.h"

namespace sluice::http {

/// Thread-safe. Outlives the work that went through it.
class WorkQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Figures {
    std::int64_t waiting = 0;
    std::int64_t started = 0;
    std::int64_t refused = 0;   ///< Because too many waited.
    double waited_seconds = 0;  ///< Of all that were started.
  };

  WorkQueue(ThreadPool& pool, std::int64_t max_waiting) : pool_(pool), max_waiting_(max_waiting) {}

  ThreadPool& pool() const { return pool_; }

  /// Whether one more may wait; then Started follows when its turn comes.
  bool Enter() {
    if (waiting_.fetch_add(1, std::memory_order_relaxed) < max_waiting_) return true;
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    refused_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  void Started(Time entered) {
    const auto waited = std::chrono::steady_clock::now() - entered;
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    started_.fetch_add(1, std::memory_order_relaxed);
    waited_nanos_.fetch_add(std::chrono::nanoseconds(waited).count(), std::memory_order_relaxed);
  }

  Figures figures() const {
    return {waiting_.load(std::memory_order_relaxed), started_.load(std::memory_order_relaxed),
            refused_.load(std::memory_order_relaxed),
            static_cast<double>(waited_nanos_.load(std::memory_order_relaxed)) / 1e9};
  }

 private:
  ThreadPool& pool_;
  const std::int64_t max_waiting_;
  std::atomic<std::int64_t> waiting_{0};
  std::atomic<std::int64_t> started_{0};
  std::atomic<std::int64_t> refused_{0};
  std::atomic<std::int64_t> waited_nanos_{0};
};

}  // namespace sluice::http
