// Deadline: when a scan must have ended, whatever it is doing then.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "client/scan.h"

namespace sluice::client {

/// A value; thread-safe to ask.
class Deadline {
 public:
  /// From now on; 0: never.
  explicit Deadline(std::int64_t limit_ms);

  bool is_set() const { return limit_ms_ > 0; }
  bool Passed() const { return LeftMillis() <= 0; }
  std::int64_t LeftMillis() const;

  /// kTimeout. `how_far` says what was done until then.
  Error Exceeded(std::string_view how_far) const;
  Error Exceeded(const ScanProgress& progress) const;

 private:
  std::int64_t limit_ms_;
  std::int64_t at_ms_;  ///< On net::SteadyMillis.
};

/// Calls back once, from a thread of its own, when a deadline has passed before this is destroyed.
/// Without a deadline it has no thread.
class DeadlineTimer {
 public:
  /// `expire` may not destroy the timer.
  DeadlineTimer(const Deadline& deadline, std::function<void()> expire);
  /// Waits for a call that runs.
  ~DeadlineTimer();
  DeadlineTimer(const DeadlineTimer&) = delete;
  DeadlineTimer& operator=(const DeadlineTimer&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace sluice::client
