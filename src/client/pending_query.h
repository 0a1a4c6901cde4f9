// PendingQuery: waits for the result of a query that a server works on in the background.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_client.h"
#include "protocol/types.h"

namespace sluice::client {

/// What a server says of a query in place of its result.
struct PendingAnswer {
  protocol::QueryStatus status;
  std::string retry_after;  ///< The header; empty: there is none.
};

/// One query, from its submission to its result. Not thread-safe.
class PendingQuery {
 public:
  /// From now on; 0: an hour.
  explicit PendingQuery(std::int64_t limit_ms);

  /// Waits until its result is to be asked for: as long as the server asks to, else a little
  /// longer each time. Errors: kInvalidArgument for a query that failed, with the server's
  /// message; kTimeout when the limit would be over; kMalformed for a status that is none or for
  /// another query; kCancelled.
  Status Wait(const PendingAnswer& answer, const net::CancelCheck& cancelled);

  /// Of the query that was waited for; empty before.
  const std::string& id() const { return id_; }

 private:
  const std::int64_t limit_ms_;
  const std::int64_t deadline_ms_;
  std::string id_;
  int waits_ = 0;
};

}  // namespace sluice::client
