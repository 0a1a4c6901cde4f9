#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <memory>

namespace sluice {

ThreadPool::ThreadPool(int threads) {
  if (threads <= 0) threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  threads_.reserve(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void ThreadPool::Submit(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void ThreadPool::Run() {
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

void ThreadPool::ParallelFor(int count, const std::function<void(int)>& body) {
  if (count <= 0) return;
  // Shared with helpers that may start after the caller has left: they find no index and end.
  struct Progress {
    explicit Progress(int total) : count(total) {}
    const int count;
    std::atomic<int> next{0};
    std::mutex mutex;
    std::condition_variable finished;
    int done = 0;
  };
  auto progress = std::make_shared<Progress>(count);
  const auto work = [progress, &body] {
    for (;;) {
      const int index = progress->next.fetch_add(1);
      if (index >= progress->count) return;
      body(index);
      const std::lock_guard lock(progress->mutex);
      if (++progress->done == progress->count) progress->finished.notify_all();
    }
  };
  const int helpers = std::min(count - 1, size());
  for (int i = 0; i < helpers; ++i) Submit(work);
  work();
  std::unique_lock lock(progress->mutex);
  progress->finished.wait(lock, [&] { return progress->done == progress->count; });
}

void ForAll(ThreadPool* pool, std::size_t count, const std::function<void(std::size_t)>& body) {
  if (pool != nullptr && count > 1) {
    pool->ParallelFor(static_cast<int>(count), [&](int i) { body(static_cast<std::size_t>(i)); });
    return;
  }
  for (std::size_t i = 0; i < count; ++i) body(i);
}

}  // namespace sluice
