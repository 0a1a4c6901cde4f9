// Reads requests off a connection, one after the other, within the limits.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <memory>
#include <string>
#include <variant>

#include "server/http/connection.h"
#include "server/http/coroutine.h"
#include "server/http/options.h"
#include "server/http/request.h"

namespace sluice::http {

/// A request, perhaps with a refusal in it; then the connection ends after the answer.
struct ReadRequest {
  std::shared_ptr<Request> request;
  bool keep_alive = true;
};
/// Nothing to answer: the peer has closed, or was idle for too long.
struct Closed {};
using ReadOutcome = std::variant<ReadRequest, Closed>;

/// Belongs to the loop's thread. Bytes behind a request stay for the next call (pipelining).
class RequestReader {
 public:
  RequestReader(Connection& connection, const Limits& limits);
  asio::awaitable<ReadOutcome> Next();

  /// True while it waits for the first byte of a request: closing then harms nobody.
  bool idle() const { return idle_; }

 private:
  asio::awaitable<Result<std::size_t>> Fill();
  ReadRequest Refuse(Refusal refusal) const;

  Connection& connection_;
  const Limits& limits_;
  boost::beast::flat_buffer buffer_;
  bool idle_ = false;
  std::int64_t received_ms_ = 0;
  std::chrono::steady_clock::time_point received_at_;
};

}  // namespace sluice::http
