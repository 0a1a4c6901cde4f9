// One request and its answer: what middlewares and handlers work on.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/thread_pool.h"
#include "observe/access_log.h"
#include "server/http/coroutine.h"
#include "server/http/offload.h"
#include "server/http/request.h"
#include "server/http/response_writer.h"
#include "server/http/work_queue.h"

namespace sluice::http {

/// Lives as long as the handler runs; belongs to the loop's thread. Work on a pool shares
/// `request` and copies the rest, never this.
class Exchange {
 public:
  /// Fills the record with what the request says.
  Exchange(std::shared_ptr<const Request> the_request, ResponseWriter& the_response);

  /// Fills the record with what was sent so far.
  void UpdateRecord();

  /// Runs `work()` on the queue's pool; nothing when the request's time is over, or at once when
  /// too many wait, which `overloaded` tells.
  template <typename Work, typename Value = std::invoke_result_t<Work&>>
  asio::awaitable<std::optional<Value>> RunOn(WorkQueue& queue, Work work) {
    auto place = queue.Enter();
    if (place == nullptr) {
      overloaded = true;
      co_return std::nullopt;
    }
    auto begin = [place = std::move(place), work = std::move(work)]() mutable {
      place.reset();
      return work();
    };
    co_return co_await Offload(response.loop(), queue.pool(), response.limits().request_timeout,
                               std::move(begin));
  }

  /// For work that ends elsewhere than where it began.
  template <typename Value>
  auto MakeReply(Awaited<Value>& awaited) {
    return awaited.MakeReply(response.loop());
  }
  /// Nothing when the request's time is over.
  template <typename Value>
  auto Await(Awaited<Value>& awaited) {
    return awaited.Wait(response.loop(), response.limits().request_timeout);
  }

  const std::shared_ptr<const Request> request;
  ResponseWriter& response;
  observe::AccessRecord record;  ///< What the access log and the metrics will say.
  bool overloaded = false;       ///< Work was refused.
};

using Handler = std::function<asio::awaitable<void>(Exchange&)>;

/// Does its part before and after `next`, or answers itself and leaves `next` alone.
using Middleware = std::function<asio::awaitable<void>(Exchange&, const Handler& next)>;

/// One handler of many: the first middleware is the outermost.
Handler Chain(std::vector<Middleware> middlewares, Handler last);

}  // namespace sluice::http
