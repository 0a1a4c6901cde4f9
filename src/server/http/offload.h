// Work on a pool, awaited on a loop.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/thread_pool.h"
#include "server/http/event.h"
#include "server/http/loop.h"

namespace sluice::http {

/// A value that comes from some thread to a loop, whose thread this belongs to.
template <typename Value>
class Awaited {
  struct State;

 public:
  class Reply {
   public:
    Reply(std::shared_ptr<State> state, Loop& loop)
        : state_(std::move(state)), count_(loop.work()), context_(loop.context()) {
      count_->Begin();
    }
    Reply(const Reply&) = delete;
    Reply& operator=(const Reply&) = delete;

    /// False when nobody waits any more. Not behind Send.
    bool wanted() const { return !state_->given_up.load(std::memory_order_relaxed); }

    /// Exactly once, however late: the loop does not end before. Nothing where it is not wanted,
    /// or is not to be had.
    void Send(std::optional<Value> value) {
      // What waits lives in the state, and must not end on this thread: no reference is left.
      auto state = std::move(state_);
      state->value = std::move(value);
      boost::asio::post(context_, [state = std::move(state)] {
        state->done = true;
        state->event.Set();
      });
      count_->End();
    }

   private:
    std::shared_ptr<State> state_;
    const std::shared_ptr<WorkCount> count_;
    boost::asio::io_context& context_;
  };

  /// Once. For any thread.
  std::shared_ptr<Reply> MakeReply(Loop& loop) { return std::make_shared<Reply>(state_, loop); }

  /// Once. Nothing when `timeout` passed before (zero: no limit).
  boost::asio::awaitable<std::optional<Value>> Wait(Loop& loop, std::chrono::milliseconds timeout) {
    Deadline deadline(loop, [state = state_] { state->event.Set(); });
    if (timeout.count() > 0) deadline.Set(timeout);
    co_await state_->event.Wait();
    if (state_->done) co_return std::move(state_->value);
    state_->given_up = true;
    co_return std::nullopt;
  }

 private:
  struct State {
    Event event;
    std::optional<Value> value;
    bool done = false;
    std::atomic<bool> given_up{false};
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// Runs `work()` on `pool` and returns its value, or nothing when `timeout` passed before (zero: no
/// limit). Work that has begun by then still runs to its end on its own, so it must own, or share,
/// whatever it touches; other work is not begun. It must not throw.
template <typename Work, typename Value = std::invoke_result_t<Work&>>
boost::asio::awaitable<std::optional<Value>> Offload(Loop& loop, ThreadPool& pool,
                                                     std::chrono::milliseconds timeout, Work work) {
  Awaited<Value> awaited;
  pool.Submit([reply = awaited.MakeReply(loop), shared = std::make_shared<Work>(std::move(work))] {
    reply->Send(reply->wanted() ? std::optional<Value>((*shared)()) : std::nullopt);
  });
  co_return co_await awaited.Wait(loop, timeout);
}

}  // namespace sluice::http
