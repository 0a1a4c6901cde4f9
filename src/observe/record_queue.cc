#include "observe/record_queue.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"

namespace sluice::observe {

RecordQueue::RecordQueue(RecordQueueOptions options)
    : options_(std::move(options)), thread_([this] { Run(); }) {}

RecordQueue::~RecordQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void RecordQueue::Write(const AccessRecord& record) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= options_.max_records) {
      if (lost_++ == told_) spdlog::error("audit: records are lost, as {} wait", queue_.size());
      return;
    }
    queue_.push_back(record);
  }
  changed_.notify_one();
}

std::uint64_t RecordQueue::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

std::size_t RecordQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void RecordQueue::Run() {
  using Clock = std::chrono::steady_clock;
  const auto tidy_every = std::chrono::milliseconds(options_.tidy_every_ms);
  const auto retry = std::chrono::milliseconds(options_.retry_ms);
  auto tidy_at = Clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (options_.tidy && Clock::now() >= tidy_at) {
      tidy_at = Clock::now() + tidy_every;
      Tidy(lock);
    }
    changed_.wait_until(lock, tidy_at, [this] { return stopping_ || !queue_.empty(); });
    if (!queue_.empty() && !StoreBatch(lock)) {
      changed_.wait_for(lock, retry, [this] { return stopping_; });
    }
  }
  while (!queue_.empty() && StoreBatch(lock)) {
  }
  if (!queue_.empty()) spdlog::error("audit: {} records are lost at the end", queue_.size());
}

/// Records stay in the queue until they are stored. False when they could not be.
bool RecordQueue::StoreBatch(std::unique_lock<std::mutex>& lock) {
  const std::size_t size = std::min(queue_.size(), options_.max_batch);
  const std::vector<AccessRecord> batch(queue_.begin(),
                                        queue_.begin() + static_cast<std::ptrdiff_t>(size));
  lock.unlock();
  const Status stored = options_.store(batch);
  lock.lock();
  if (!stored) {
    if (!failing_) spdlog::error("audit: records wait: {}", stored.error().message);
    failing_ = true;
    return false;
  }
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(size));
  if (failing_ || lost_ != told_) {
    spdlog::warn("audit: records are stored again; {} were lost", lost_ - told_);
  }
  failing_ = false;
  told_ = lost_;
  return true;
}

void RecordQueue::Tidy(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  const Status done = options_.tidy();
  lock.lock();
  if (!done) spdlog::warn("audit: what is old was not ended: {}", done.error().message);
}

}  // namespace sluice::observe
