#include "base/loopback.h"

#include "base/network.h"

namespace sluice {

bool IsLoopbackHost(std::string_view host) {
  if (host == "localhost") return true;
  const auto address = ParseIpAddress(host);
  return address && IsLoopback(*address);
}

}  // namespace sluice
