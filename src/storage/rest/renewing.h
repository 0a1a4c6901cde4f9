// Credentials that end, and are got anew before they do.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace sluice::storage {

/// Means "does not expire".
inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// A value with the time at which it ends.
template <typename T>
struct Expiring {
  T value;
  std::int64_t expires_at_ms = kNever;
};

/// Keeps one value; thread-safe. Whoever asks when less than `margin_ms` of it is left gets a new
/// one, and all who ask meanwhile wait for that. Where a new one cannot be had, the old one is
/// given as long as it is good, and the next attempt is at most every `retry_ms`.
template <typename T>
class Renewing {
 public:
  using Ptr = std::shared_ptr<const Expiring<T>>;
  using Fetch = std::function<Result<Expiring<T>>()>;

  explicit Renewing(Fetch fetch, const Clock& clock = SystemClock(),
                    std::int64_t margin_ms = 5 * 60'000, std::int64_t retry_ms = 10'000)
      : fetch_(std::move(fetch)), clock_(clock), margin_ms_(margin_ms), retry_ms_(retry_ms) {}

  /// Errors: those of `fetch`.
  Result<Ptr> Get() const {
    const std::lock_guard lock(mutex_);
    const std::int64_t now = clock_.NowMillis();
    if (current_ != nullptr && (IsFresh(now) || now < retry_at_ms_)) return current_;
    auto fetched = fetch_();
    if (fetched) {
      current_ = std::make_shared<const Expiring<T>>(std::move(*fetched));
      // What lives shorter than the margin is renewed halfway.
      const std::int64_t life = current_->expires_at_ms - now;
      renew_at_ms_ =
          current_->expires_at_ms == kNever ? kNever : now + std::max(life - margin_ms_, life / 2);
      return current_;
    }
    if (current_ == nullptr || now >= current_->expires_at_ms) return Fail(fetched.error());
    retry_at_ms_ = std::min(now + retry_ms_, current_->expires_at_ms);
    return current_;
  }

  /// The value was refused though it seemed good: the next Get fetches anew.
  void Forget() const {
    const std::lock_guard lock(mutex_);
    current_ = nullptr;
  }

 private:
  bool IsFresh(std::int64_t now) const { return now < renew_at_ms_; }

  const Fetch fetch_;
  const Clock& clock_;
  const std::int64_t margin_ms_;
  const std::int64_t retry_ms_;
  mutable std::mutex mutex_;  ///< Held while fetching, so that one fetch serves all.
  mutable Ptr current_;
  mutable std::int64_t renew_at_ms_ = 0;
  mutable std::int64_t retry_at_ms_ = 0;
};

}  // namespace sluice::storage
