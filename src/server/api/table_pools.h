// The threads that wait for the places where tables lie.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/fair_gate.h"
#include "base/thread_pool.h"
#include "storage/location.h"

namespace sluice::api {

struct TablePool {
  explicit TablePool(int size) : threads(size), gate(threads, (threads.size() + 1) / 2) {}
  ThreadPool threads;
  FairGate gate;  ///< By recipient: the half that one does not get is for others.
};

/// A pool for this machine's folders and one for each store, all of one size: a store that does not
/// answer holds up the tables that lie in it, and no others. Thread-safe.
class TablePools {
 public:
  /// `threads` each; those of a store begin when it is first asked for.
  explicit TablePools(int threads) : threads_(threads), local_(threads) {}

  /// Also for what is of no table.
  TablePool& local() { return local_; }

  /// Each bucket, and each container of an account, is a store here. Lives as long as this.
  TablePool& For(const storage::Location& place);

 private:
  const int threads_;
  TablePool local_;
  std::mutex mutex_;  ///< Guards what follows.
  std::map<std::string, std::size_t> pool_of_store_;
  std::vector<std::unique_ptr<TablePool>> pools_;
};

}  // namespace sluice::api
