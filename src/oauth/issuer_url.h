// Where issuers of tokens are reached: over TLS, or on this machine.
#pragma once

#include <string_view>

#include "base/result.h"

namespace sluice::oauth {

/// Whether `url` is https, or http of a loopback address or "localhost", without query and
/// fragment. Errors: kInvalidArgument.
Status CheckIssuerUrl(std::string_view url);

/// Whether both have the same scheme, host and port. False for what is no URL.
bool SameOrigin(std::string_view a, std::string_view b);

}  // namespace sluice::oauth
