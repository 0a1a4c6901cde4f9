#include "server/api/client_address.h"

#include <algorithm>

namespace sluice::api {

bool IsAllowedFrom(std::string_view address, const std::vector<std::string>& networks) {
  if (networks.empty()) return true;
  const auto ip = ParseIpAddress(address);
  return ip && std::any_of(networks.begin(), networks.end(), [&](const std::string& text) {
           const auto network = Network::Parse(text);
           return network && network->Contains(*ip);
         });
}

}  // namespace sluice::api
