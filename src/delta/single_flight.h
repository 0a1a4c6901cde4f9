// One execution for many callers that ask for the same thing at the same time.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "base/result.h"

namespace sluice::delta {

/// Thread-safe. A call never gets the result of work that began before the call did: whoever comes
/// while work runs waits for the next run, which all who wait share. So an answer is as fresh as if
/// each had asked alone.
template <typename T>
class SingleFlight {
 public:
  /// `work` returns Result<T>, must not throw and runs on the thread of one of the callers.
  template <typename Work>
  Result<T> Run(const Work& work) {
    std::unique_lock lock(mutex_);
    if (const auto flight = boarding_) {
      changed_.wait(lock, [&] { return flight->result.has_value(); });
      return *flight->result;
    }
    const auto flight = std::make_shared<Flight>();
    boarding_ = flight;
    changed_.wait(lock, [this] { return !running_; });
    running_ = true;
    boarding_ = nullptr;
    lock.unlock();
    auto result = work();
    lock.lock();
    running_ = false;
    flight->result = result;
    changed_.notify_all();
    return result;
  }

 private:
  struct Flight {
    std::optional<Result<T>> result;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Flight> boarding_;  ///< Waits for the running one to end; takes who comes.
  bool running_ = false;
};

}  // namespace sluice::delta
