// What waits in front of a pool: counted, timed, and no more than a limit.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

#include "base/thread_pool.h"

namespace sluice::http {

/// Thread-safe. The pool outlives it; places that are held may outlive it.
class WorkQueue {
  struct Counters;

 public:
  struct Figures {
    std::int64_t waiting = 0;
    std::int64_t left = 0;      ///< Had their turn, or went without it.
    std::int64_t refused = 0;   ///< Because too many waited.
    double waited_seconds = 0;  ///< Of all that left.
  };

  /// Waits for as long as it lives.
  class Place {
   public:
    explicit Place(std::shared_ptr<Counters> counters) : counters_(std::move(counters)) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      const auto waited = std::chrono::steady_clock::now() - entered_;
      counters_->waiting.fetch_sub(1, std::memory_order_relaxed);
      counters_->left.fetch_add(1, std::memory_order_relaxed);
      counters_->waited_nanos.fetch_add(std::chrono::nanoseconds(waited).count(),
                                        std::memory_order_relaxed);
    }

   private:
    const std::shared_ptr<Counters> counters_;
    const std::chrono::steady_clock::time_point entered_ = std::chrono::steady_clock::now();
  };

  WorkQueue(ThreadPool& pool, std::int64_t max_waiting) : pool_(pool), max_waiting_(max_waiting) {}

  ThreadPool& pool() const { return pool_; }

  /// Held until the work's turn comes. Null when too many wait.
  std::shared_ptr<Place> Enter() {
    if (counters_->waiting.fetch_add(1, std::memory_order_relaxed) < max_waiting_) {
      return std::make_shared<Place>(counters_);
    }
    counters_->waiting.fetch_sub(1, std::memory_order_relaxed);
    counters_->refused.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }

  Figures figures() const {
    return {counters_->waiting.load(std::memory_order_relaxed),
            counters_->left.load(std::memory_order_relaxed),
            counters_->refused.load(std::memory_order_relaxed),
            static_cast<double>(counters_->waited_nanos.load(std::memory_order_relaxed)) / 1e9};
  }

 private:
  struct Counters {
    std::atomic<std::int64_t> waiting{0};
    std::atomic<std::int64_t> left{0};
    std::atomic<std::int64_t> refused{0};
    std::atomic<std::int64_t> waited_nanos{0};
  };

  ThreadPool& pool_;
  const std::int64_t max_waiting_;
  const std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
};

}  // namespace sluice::http
