// An event loop: one io_context run by one thread, with coarse deadlines and a count of the work it
// waits for. Everything of one connection happens on one loop, so sessions need no locks.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

namespace sluice::http {

class Loop;

/// A point in time after which something is called, at the latest one tick of the loop late.
/// Setting one is a plain store, which is why sessions set them before each step. Belongs to the
/// loop's thread.
class Deadline {
 public:
  Deadline(Loop& loop, std::function<void()> on_expiry);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void Set(std::chrono::milliseconds from_now);
  void Clear();
  /// True from its expiry to the next Set or Clear.
  bool expired() const { return expired_; }

 private:
  friend class Loop;
  Loop& loop_;
  std::list<Deadline*>::iterator place_;
  std::function<void()> on_expiry_;
  std::chrono::steady_clock::time_point when_ = std::chrono::steady_clock::time_point::max();
  bool expired_ = false;
};

/// Counts tasks that run elsewhere and will post back to a loop.
class WorkCount {
 public:
  void Begin();
  void End();
  void WaitForNone();

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  int count_ = 0;
};

class Loop {
 public:
  /// Deadlines are looked at once a `tick`.
  explicit Loop(std::chrono::milliseconds tick);
  /// Stops and joins; waits for the work that was counted.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  boost::asio::io_context& context() { return context_; }
  const std::shared_ptr<WorkCount>& work() const { return work_; }
  void Start();

 private:
  friend class Deadline;
  void Tick();

  const std::chrono::milliseconds tick_;
  // Before the context, whose destruction may destroy deadlines with the coroutines that hold them.
  std::list<Deadline*> deadlines_;
  std::list<Deadline*>::iterator visiting_ = deadlines_.end();
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<WorkCount> work_ = std::make_shared<WorkCount>();
  std::thread thread_;
};

}  // namespace sluice::http
