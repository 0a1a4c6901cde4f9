#include "client/pending_query.h"

#include <algorithm>
#include <ctime>

#include "net/retry.h"

namespace sluice::client {
namespace {

constexpr std::int64_t kLongest = 3'600'000;
constexpr std::int64_t kFirstPause = 100;
constexpr std::int64_t kLongestPause = 10'000;
constexpr std::size_t kMaxMessage = 1000;

}  // namespace

PendingQuery::PendingQuery(std::int64_t limit_ms)
    : limit_ms_(limit_ms > 0 ? limit_ms : kLongest),
      deadline_ms_(net::SteadyMillis() + limit_ms_) {}

Status PendingQuery::Wait(const PendingAnswer& answer, const net::CancelCheck& cancelled) {
  const protocol::QueryStatus& status = answer.status;
  if (status.status == "failed") {
    return Fail(ErrorKind::kInvalidArgument, "the server could not answer the query: {}",
                status.error_message.empty() ? "it does not say why"
                                             : status.error_message.substr(0, kMaxMessage));
  }
  if (status.status != "pending") {
    return Fail(ErrorKind::kMalformed, "the server's query is neither pending nor failed");
  }
  if (status.query_id.empty() || (!id_.empty() && id_ != status.query_id)) {
    return Fail(ErrorKind::kMalformed, "the server's answer is about {} query",
                status.query_id.empty() ? "no" : "another");
  }
  id_ = status.query_id;
  const auto asked = net::ParseRetryAfter(answer.retry_after, std::time(nullptr));
  // A server that asks for no pause at all is not to be asked without one.
  const std::int64_t own = std::min(net::BackoffMillis(kFirstPause, ++waits_), kLongestPause);
  const std::int64_t pause = std::max(asked.value_or(own), kFirstPause / 2);
  if (net::SteadyMillis() + pause >= deadline_ms_) {
    return Fail(ErrorKind::kTimeout, "the server has worked on the query for {} ms and not ended",
                limit_ms_);
  }
  return net::Pause(pause, cancelled);
}

}  // namespace sluice::client
