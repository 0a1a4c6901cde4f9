// From what a pool made of a call to the bytes that are sent.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "server/api/call.h"
#include "server/http/exchange.h"

namespace sluice::api {

/// Always an answer, with the audit and, for the log, what was withheld.
struct Outcome {
  Answer answer;
  Audit audit;
  std::string withheld;
  std::shared_ptr<void> place = {};  ///< Of the recipient, until the answer is sent.
};

Outcome Finish(Call call, Result<Answer> result);

/// The call is answered with this, and with nothing of its own.
Outcome Respond(Call call, http::Response response);

/// Too much waits already.
http::Response Overloaded();

/// Nothing: there was no room for the work, or its time is over.
http::asio::awaitable<void> Send(http::Exchange& exchange, std::optional<Outcome> outcome);

}  // namespace sluice::api
