// Access tokens (OAuth 2.0) that show Google's services who asks.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/renewing.h"

namespace sluice::storage {

/// What may be done with an access token that is asked for here.
inline constexpr const char* kCloudScope = "https://www.googleapis.com/auth/cloud-platform";

/// Keeps the token of one source, and gets another before it ends. Thread-safe.
class AccessTokens {
 public:
  using Token = Expiring<std::string>;
  using Fetch = std::function<Result<Token>()>;

  explicit AccessTokens(Fetch fetch, const Clock& clock = SystemClock());

  /// Errors: those of the source.
  Result<Token> Get() const;
  /// One that is good for `life_ms` still, where the source has such.
  Result<Token> GetFor(std::int64_t life_ms) const;
  /// One that Get gave was refused as no longer good; the next Get asks for another, unless that
  /// one had just come: then another would be no better.
  void Refused() const;

 private:
  struct Got {
    std::string text;
    std::int64_t at_ms;
  };

  const Clock& clock_;
  const Renewing<Got> renewing_;
};

}  // namespace sluice::storage
