// Check: judges a Delta Sharing server at every point, with nothing but a profile.
#pragma once

#include <optional>

#include "base/result.h"
#include "check/report.h"
#include "net/http_client.h"
#include "protocol/profile.h"
#include "protocol/types.h"

namespace sluice::check {

struct CheckOptions {
  net::HttpOptions http;
  /// Judge with this table alone; otherwise with some of those that are listed.
  std::optional<protocol::TableName> table;
};

/// Errors are those without which nothing can be judged: kUnauthenticated when the token is
/// refused, kUnavailable and kTimeout when the server is not reached or goes away on the way.
Result<Report> CheckServer(const protocol::Profile& profile, const CheckOptions& options);

}  // namespace sluice::check
