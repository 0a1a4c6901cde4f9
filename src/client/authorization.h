// What shows a server who asks: the profile's credential as the value of a header.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/renewing.h"
#include "net/http_client.h"
#include "protocol/profile.h"

namespace sluice::client {

/// Thread-safe. Tokens of OAuth are asked for when they are first needed, and anew ten minutes
/// before they end (those that live shorter: halfway); one caller asks for all.
class Authorization {
 public:
  /// The value of an Authorization header.
  using Ptr = Renewing<std::string>::Ptr;

  /// Token endpoints are asked through `http`.
  Authorization(protocol::Credential credential, std::optional<std::int64_t> expires_at_ms,
                std::shared_ptr<const net::HttpClient> http, const Clock& clock = SystemClock());

  /// Errors: kUnauthenticated for a profile that has expired or that the token endpoint refuses;
  /// kInvalidArgument naming the file of a private key that cannot sign; kUnavailable, kTimeout
  /// and kCancelled.
  Result<Ptr> Get(const net::CancelCheck& cancelled) const;

  /// The server answered 401 to `refused`. Whether another may be had: then Get gives it.
  bool Renew(const Ptr& refused) const;

 private:
  const protocol::Credential credential_;
  const std::int64_t expires_at_ms_;
  const std::shared_ptr<const net::HttpClient> http_;
  const Clock& clock_;
  const Renewing<std::string> header_;
};

}  // namespace sluice::client
