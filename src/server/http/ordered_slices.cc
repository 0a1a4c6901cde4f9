#include "server/http/ordered_slices.h"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace sluice::http {

/// One slice on its way. The worker writes `slice`, then posts to the loop, which sets `ready`.
struct OrderedSlices::Job {
  ~Job() { buffered_bytes->fetch_sub(charged, std::memory_order_relaxed); }

  void Render(const SliceSource& source, std::size_t index, bool deflate) {
    std::string plain;
    slice.status = source.Render(index, &plain);
    if (!slice.status) return;
    if (deflate) {
      auto block = Deflate(plain);
      if (block) {
        slice.block = *std::move(block);
      } else {
        slice.status = Fail(std::move(block).error());
      }
    } else {
      slice.block.length = static_cast<std::int64_t>(plain.size());
      slice.block.bytes = std::move(plain);
    }
    charged = static_cast<std::int64_t>(slice.block.bytes.capacity());
    buffered_bytes->fetch_add(charged, std::memory_order_relaxed);
  }

  std::atomic<std::int64_t>* buffered_bytes = nullptr;
  std::int64_t charged = 0;
  Slice slice;
  bool ready = false;
  Event event;
};

OrderedSlices::OrderedSlices(std::shared_ptr<const SliceSource> source, const Options& options)
    : source_(std::move(source)),
      options_(options),
      window_(static_cast<std::size_t>(std::clamp(options.pool->size() * 2, 2, 32))) {
  Fill();
}

OrderedSlices::~OrderedSlices() {
  abandoned_->store(true, std::memory_order_relaxed);
}

void OrderedSlices::Fill() {
  const bool crowded =
      options_.buffered_bytes->load(std::memory_order_relaxed) > options_.max_buffered_bytes;
  const std::size_t window = crowded ? 1 : window_;
  while (jobs_.size() < window && next_ < source_->count()) {
    auto job = std::make_shared<Job>();
    job->buffered_bytes = options_.buffered_bytes;
    jobs_.push_back(job);
    options_.loop->work()->Begin();
    options_.pool->Submit([job = std::move(job), source = source_, index = next_,
                           deflate = options_.deflate, abandoned = abandoned_,
                           context = &options_.loop->context(),
                           work = options_.loop->work()]() mutable {
      if (!abandoned->load(std::memory_order_relaxed)) job->Render(*source, index, deflate);
      boost::asio::post(*context, [job = std::move(job)] {
        job->ready = true;
        job->event.Set();
      });
      source.reset();
      work->End();
    });
    ++next_;
  }
}

asio::awaitable<std::optional<Slice>> OrderedSlices::Next() {
  Fill();
  if (jobs_.empty()) co_return std::nullopt;
  const std::shared_ptr<Job> job = jobs_.front();
  if (!job->ready) co_await job->event.Wait();
  jobs_.pop_front();
  Fill();
  co_return std::optional<Slice>(std::move(job->slice));
}

}  // namespace sluice::http
