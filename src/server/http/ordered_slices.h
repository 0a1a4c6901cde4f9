// The pipeline behind a streamed answer: slices rendered on the pool, taken in order on the loop.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>

#include "base/thread_pool.h"
#include "server/http/coroutine.h"
#include "server/http/event.h"
#include "server/http/gzip.h"
#include "server/http/loop.h"
#include "server/http/response.h"

namespace sluice::http {

/// A rendered slice: plain bytes, or one deflated block.
struct Slice {
  Status status;
  DeflatedBlock block;
};

/// Keeps a window of slices running or ready ahead of the one that is taken next; workers start a
/// new one only when one was taken, so a slow peer stops them. Belongs to the loop's thread;
/// destroying it makes running workers stop at their next slice.
class OrderedSlices {
 public:
  struct Options {
    Loop* loop = nullptr;
    ThreadPool* pool = nullptr;
    std::atomic<std::int64_t>* buffered_bytes = nullptr;
    std::int64_t max_buffered_bytes = 0;
    bool deflate = false;
  };

  OrderedSlices(std::shared_ptr<const SliceSource> source, const Options& options);
  ~OrderedSlices();
  OrderedSlices(const OrderedSlices&) = delete;
  OrderedSlices& operator=(const OrderedSlices&) = delete;

  /// The next slice in order; nothing after the last.
  asio::awaitable<std::optional<Slice>> Next();

 private:
  struct Job;
  void Fill();

  const std::shared_ptr<const SliceSource> source_;
  const Options options_;
  const std::size_t window_;
  const std::shared_ptr<std::atomic<bool>> abandoned_ = std::make_shared<std::atomic<bool>>(false);
  std::deque<std::shared_ptr<Job>> jobs_;  ///< In order; the front is taken next.
  std::size_t next_ = 0;                   ///< The first slice not yet given to the pool.
};

}  // namespace sluice::http
