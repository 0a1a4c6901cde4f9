// Credentials that end, and are got anew before they do.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace sluice {

/// Means "does not expire".
inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// A value with the time at which it ends.
template <typename T>
struct Expiring {
  T value;
  std::int64_t expires_at_ms = kNever;
};

/// Keeps one value; thread-safe. Whoever asks when less than `margin_ms` of it is left gets a new
/// one. Of all who ask meanwhile none fetches: they get the old one while it is good, or else wait
/// for the new one or for the error in its place. Where a new one cannot be had, the old one is
/// given as long as it is good, and the next attempt is at most every `retry_ms`.
template <typename T>
class Renewing {
 public:
  using Ptr = std::shared_ptr<const Expiring<T>>;
  using Fetch = std::function<Result<Expiring<T>>()>;
  using Stop = std::function<bool()>;

  explicit Renewing(Fetch fetch, const Clock& clock = SystemClock(),
                    std::int64_t margin_ms = 5 * 60'000, std::int64_t retry_ms = 10'000)
      : fetch_(std::move(fetch)), clock_(clock), margin_ms_(margin_ms), retry_ms_(retry_ms) {}

  /// Errors: those of `fetch`.
  Result<Ptr> Get() const { return Get(fetch_, {}); }

  /// As Get, where each caller has a way of its own to fetch, one that ends when that caller no
  /// longer wants it. `stop`, asked often, ends the wait for another's fetch; it may be empty.
  /// Errors: those of `fetch`, its own or another's that it waited for; kCancelled.
  Result<Ptr> Get(const Fetch& fetch, const Stop& stop) const {
    std::unique_lock lock(mutex_);
    const std::uint64_t before = fetches_;
    for (;;) {
      const std::int64_t now = clock_.NowMillis();
      if (current_ != nullptr && (now < renew_at_ms_ || now < retry_at_ms_)) return current_;
      // That another caller gave up says nothing about the value.
      const bool failed = fetches_ != before && failure_;
      if (failed && failure_->kind != ErrorKind::kCancelled) return Fail(*failure_);
      if (!fetching_) return FetchNew(fetch, now, lock);
      if (current_ != nullptr && now < current_->expires_at_ms) return current_;
      if (stop && stop()) return Fail(ErrorKind::kCancelled, "cancelled");
      changed_.wait_for(lock, std::chrono::milliseconds(kStopCheckMs));
    }
  }

  /// The value was refused though it seemed good: the next Get fetches anew.
  void Forget() const {
    const std::lock_guard lock(mutex_);
    current_ = nullptr;
  }
  /// The same, unless there is another value by now.
  void Forget(const Ptr& refused) const {
    const std::lock_guard lock(mutex_);
    if (current_ == refused) current_ = nullptr;
  }

 private:
  static constexpr std::int64_t kStopCheckMs = 20;

  Result<Ptr> FetchNew(const Fetch& fetch, std::int64_t now,
                       std::unique_lock<std::mutex>& lock) const {
    auto fetched = FetchUnlocked(fetch, lock);
    ++fetches_;
    failure_ = std::nullopt;
    if (fetched) {
      current_ = std::make_shared<const Expiring<T>>(std::move(*fetched));
      // What lives shorter than the margin is renewed halfway.
      const std::int64_t life = current_->expires_at_ms - now;
      renew_at_ms_ =
          current_->expires_at_ms == kNever ? kNever : now + std::max(life - margin_ms_, life / 2);
      return current_;
    }
    failure_ = fetched.error();
    if (current_ == nullptr || now >= current_->expires_at_ms) return Fail(*failure_);
    retry_at_ms_ = std::min(now + retry_ms_, current_->expires_at_ms);
    return current_;
  }

  Result<Expiring<T>> FetchUnlocked(const Fetch& fetch, std::unique_lock<std::mutex>& lock) const {
    const auto end = [&] {
      lock.lock();
      fetching_ = false;
      changed_.notify_all();
    };
    fetching_ = true;
    lock.unlock();
    try {
      auto fetched = fetch();
      end();
      return fetched;
    } catch (...) {
      end();
      throw;
    }
  }

  const Fetch fetch_;
  const Clock& clock_;
  const std::int64_t margin_ms_;
  const std::int64_t retry_ms_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable bool fetching_ = false;
  mutable std::uint64_t fetches_ = 0;     ///< Those that ended.
  mutable std::optional<Error> failure_;  ///< Of the last one that ended.
  mutable Ptr current_;
  mutable std::int64_t renew_at_ms_ = 0;
  mutable std::int64_t retry_at_ms_ = 0;
};

}  // namespace sluice
