#include <algorithm>
#include <iterator>

#include "base/ascii.h"
#include "client/client.h"
#include "protocol/capabilities.h"

namespace sluice::client {
namespace {

constexpr std::string_view kOwn[] = {
    "authorization", "proxy-authorization", "host",       "connection",
    "content-type",  "content-length",      "expect",     "transfer-encoding",
    "range",         "accept-encoding",     "user-agent", protocol::kCapabilitiesHeader};

}  // namespace

Status CheckHeader(const net::Header& header) {
  SLUICE_RETURN_IF_ERROR(net::CheckHeader(header));
  const bool own = std::any_of(std::begin(kOwn), std::end(kOwn), [&](std::string_view name) {
    return EqualsIgnoreCase(name, header.first);
  });
  if (!own) return {};
  return Fail(ErrorKind::kInvalidArgument, "the client sends this header itself");
}

}  // namespace sluice::client
