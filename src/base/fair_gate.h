// A pool that many owners share, fairly: no owner's tasks fill it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/thread_pool.h"

namespace sluice {

/// Thread-safe. Tasks must not throw. The pool outlives all tasks; the gate need not.
class FairGate {
 public:
  /// Of one owner, `share` tasks run at a time.
  FairGate(ThreadPool& pool, int share);

  /// Runs the task: here, on the calling thread, which is one of the pool's, unless the owner has
  /// its share running. Then it waits for its turn behind the owner's others, and is queued on the
  /// pool like anybody's when it comes.
  void Run(std::string owner, std::function<void()> task);

 private:
  struct Lane {
    int running = 0;
    std::deque<std::function<void()>> waiting;
  };
  struct State {
    State(ThreadPool& the_pool, int the_share) : pool(the_pool), share(the_share) {}
    ThreadPool& pool;
    const int share;
    std::mutex mutex;  ///< Guards what follows.
    std::unordered_map<std::string, Lane> lanes;
  };
  static void RunAndGoOn(const std::shared_ptr<State>& state, const std::string& owner,
                         const std::function<void()>& task);

  const std::shared_ptr<State> state_;
};

}  // namespace sluice
