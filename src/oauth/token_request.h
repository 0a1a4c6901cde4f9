// A token endpoint (OAuth 2.0, RFC 6749; metadata services speak it too) asked for an access token.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/renewing.h"
#include "net/http_client.h"

namespace sluice::oauth {

struct TokenRequest {
  std::string who;  ///< In messages, such as "the token endpoint login.example.com".
  std::string url;
  std::vector<net::Header> headers;
  /// Sent by POST as application/x-www-form-urlencoded, names and values decoded here. Without one
  /// it is a GET.
  std::vector<std::pair<std::string, std::string>> form;
  /// Who asks, by HTTP Basic.
  std::optional<net::Login> login = {};
  std::int64_t timeout_ms = 30'000;  ///< With all retries.
  /// When a token ends of which the answer does not say it; without, such an answer is refused.
  std::optional<std::int64_t> ends_otherwise_ms = {};
};

/// Reads `access_token` and when it ends: `expires_in` seconds from now, or else `expires_on`, in
/// seconds since the epoch; each a number or a number as text. `cancelled` may be empty.
///
/// Errors name `who` and what it said (`error` and `error_description`), without what was sent:
/// kPermissionDenied where it refuses, kUnavailable and kTimeout where it cannot answer now or its
/// answer is no token; kCancelled.
Result<Expiring<std::string>> RequestToken(const net::HttpClient& http, const TokenRequest& request,
                                           const Clock& clock = SystemClock(),
                                           const net::CancelCheck& cancelled = {});

/// "the token endpoint login.example.com", of its URL.
std::string TokenEndpointName(std::string_view url);

}  // namespace sluice::oauth
