// Who asks when a proxy stands in between.
#pragma once

#include "base/network.h"
#include "server/http/request.h"

namespace sluice::http {

/// Makes the request tell whom it comes from and how they reached the proxy, when it comes from one
/// of `proxies`: peer and Host are then those of X-Forwarded-For, -Proto and -Host, or of Forwarded
/// (RFC 7239) where there is no X-Forwarded-For. Of a chain of proxies, the client is the last
/// address that is none of `proxies`; what stands before it anybody may have written. From anybody
/// else these headers mean nothing, but that the sender is not this machine.
void ApplyForwarded(const Networks& proxies, Request* request);

}  // namespace sluice::http
