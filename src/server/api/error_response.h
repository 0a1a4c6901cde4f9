// The one table that turns errors into answers: HTTP status, errorCode, and whether the recipient
// sees the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/http/options.h"
#include "server/http/response.h"

namespace sluice::api {

struct ErrorShape {
  int status = 500;
  std::string_view code;
  /// Shown in place of the error's own text; empty: the text is made for recipients.
  std::string_view instead;
};

const ErrorShape& ShapeOf(ErrorKind kind);

/// What a recipient may read of an error, with the request id where the text is withheld.
std::string PublicMessage(const Error& error, std::string_view request_id);

/// The answer, with WWW-Authenticate for a 401 and Retry-After for a 503.
http::Response ErrorResponse(const Error& error, std::string_view request_id);

/// An answer to what has no ErrorKind: a method not allowed, a header too large, too many requests
/// (with Retry-After).
http::Response StatusResponse(int status, std::string_view message);

/// 429: too much was asked for; it may be tried again after so many seconds, at least 1.
http::Response TooManyRequests(std::string_view message, std::int64_t retry_after_s);

/// The reader of a table failed: its missing folder or log is missing data, not an unknown name,
/// and a store that refuses is the provider's trouble, not the recipient's.
Error OfTable(Error error, std::string_view place);

/// The same for what opens a store, signs its URLs or gives credentials for it: all that is wrong
/// there, options and rights included, is the provider's trouble.
Error OfStore(Error error, std::string_view place);

}  // namespace sluice::api
