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

/// Runs `work()` on `pool` and returns its value, or nothing when `timeout` passed before (zero: no
/// limit). Work that has begun by then still runs to its end on its own, so it must own, or share,
/// whatever it touches; other work is not begun. It must not throw.
template <typename Work, typename Value = std::invoke_result_t<Work&>>
boost::asio::awaitable<std::optional<Value>> Offload(Loop& loop, ThreadPool& pool,
                                                     std::chrono::milliseconds timeout, Work work) {
  struct State {
    explicit State(Work&& w) : work(std::move(w)) {}
    Work work;
    Event event;
    std::optional<Value> value;
    bool done = false;
    std::atomic<bool> abandoned = false;
  };
  auto state = std::make_shared<State>(std::move(work));
  loop.work()->Begin();
  pool.Submit([state, count = loop.work(), context = &loop.context()]() mutable {
    if (!state->abandoned) state->value.emplace(state->work());
    boost::asio::post(*context, [state = std::move(state)] {
      state->done = true;
      state->event.Set();
    });
    count->End();
  });
  Deadline deadline(loop, [state] { state->event.Set(); });
  if (timeout.count() > 0) deadline.Set(timeout);
  co_await state->event.Wait();
  if (!state->done) {
    state->abandoned = true;
    co_return std::nullopt;
  }
  co_return std::move(state->value);
}

}  // namespace sluice::http
