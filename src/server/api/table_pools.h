// The threads that wait for the places where tables lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/fair_gate.h"
#include "base/thread_pool.h"
#include "server/http/work_queue.h"
#include "storage/location.h"

namespace sluice::api {

struct TablePool {
  TablePool(int size, std::int64_t max_waiting)
      : threads(size), gate(threads, (threads.size() + 1) / 2), queue(threads, max_waiting) {}
  ThreadPool threads;
  FairGate gate;          ///< By recipient: the half that one does not get is for others.
  http::WorkQueue queue;  ///< Of what waits for a thread, or at the gate.
};

/// A pool for this machine's folders and one for each store, all of one size: a store that does not
/// answer holds up the tables that lie in it, and no others. Thread-safe.
class TablePools {
 public:
  /// `threads` each, for which `max_waiting` may wait; those of a store begin when it is first
  /// asked for.
  explicit TablePools(int threads, std::int64_t max_waiting = 1024)
      : threads_(threads), max_waiting_(max_waiting), local_(threads, max_waiting) {}

  /// Also for what is of no table.
  TablePool& local() { return local_; }

  /// Each bucket, and each container of an account, is a store here. Lives as long as this.
  TablePool& For(const storage::Location& place);

  /// Of all stores together, without this machine's folders.
  http::WorkQueue::Figures StoreFigures();

 private:
  const int threads_;
  const std::int64_t max_waiting_;
  TablePool local_;
  std::mutex mutex_;  ///< Guards what follows.
  std::map<std::string, std::size_t> pool_of_store_;
  std::vector<std::unique_ptr<TablePool>> pools_;
};

}  // namespace sluice::api
