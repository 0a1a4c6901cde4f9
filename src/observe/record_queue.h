// Access records on their way to a store that may be slow or away.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "observe/access_log.h"

namespace sluice::observe {

struct RecordQueueOptions {
  /// Stores records, all or none; it is repeated after an error, also when it did store them.
  std::function<Status(const std::vector<AccessRecord>&)> store;
  /// What is to be done now and then, as ending what is old.
  std::function<Status()> tidy = {};
  std::size_t max_records = 64 << 10;  ///< That wait; more are lost.
  std::size_t max_batch = 1000;
  std::int64_t retry_ms = 1000;
  std::int64_t tidy_every_ms = 600'000;  ///< The first time at once.
};

/// One thread stores records in batches, in the order of Write, which never waits: records that
/// find the queue full are lost, which is counted, and told in the log when it begins and with the
/// number when the store is back. Whoever must not lose a line writes a file, too. The destructor
/// tries once to store what waits.
class RecordQueue final : public AccessSink {
 public:
  explicit RecordQueue(RecordQueueOptions options);
  ~RecordQueue() override;
  RecordQueue(const RecordQueue&) = delete;
  RecordQueue& operator=(const RecordQueue&) = delete;

  void Write(const AccessRecord& record) override;

  std::uint64_t lost() const;
  /// How many wait.
  std::size_t waiting() const;

 private:
  void Run();
  bool StoreBatch(std::unique_lock<std::mutex>& lock);
  void Tidy(std::unique_lock<std::mutex>& lock);

  const RecordQueueOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<AccessRecord> queue_;
  std::uint64_t lost_ = 0;
  std::uint64_t told_ = 0;  // Of those that are lost.
  bool failing_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sluice::observe
