#include "client/deadline.h"

#include <chrono>
#include <limits>
#include <utility>

#include "net/retry.h"

namespace sluice::client {

Deadline::Deadline(std::int64_t limit_ms)
    : limit_ms_(limit_ms),
      at_ms_(limit_ms > 0 ? net::SteadyMillis() + limit_ms
                          : std::numeric_limits<std::int64_t>::max()) {}

std::int64_t Deadline::LeftMillis() const {
  return is_set() ? at_ms_ - net::SteadyMillis() : at_ms_;
}

Error Deadline::Exceeded(std::string_view how_far) const {
  return {
      ErrorKind::kTimeout,
      fmt::format("the scan has not ended within its deadline of {} ms: {}", limit_ms_, how_far)};
}

Error Deadline::Exceeded(const ScanProgress& progress) const {
  return Exceeded(fmt::format("{} of {}{} files were read", progress.files_done,
                              progress.listing_done ? "" : "at least ", progress.files_listed));
}

DeadlineTimer::DeadlineTimer(const Deadline& deadline, std::function<void()> expire) {
  if (!deadline.is_set()) return;
  thread_ = std::thread([this, deadline, expire = std::move(expire)] {
    std::unique_lock lock(mutex_);
    const auto left = std::chrono::milliseconds(deadline.LeftMillis());
    if (wake_.wait_for(lock, left, [this] { return over_; })) return;
    lock.unlock();
    expire();
  });
}

DeadlineTimer::~DeadlineTimer() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

}  // namespace sluice::client
