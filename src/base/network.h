// Networks of addresses, as in "192.0.2.0/24" and "2001:db8::/32".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice {

/// An address of IPv4 or IPv6, always as 16 bytes: one of IPv4 as ::ffff:a.b.c.d, so that the two
/// ways to write it are the same.
using IpAddress = std::array<std::uint8_t, 16>;

/// Nullopt for what is no address. A zone ("%eth0") is not part of one.
std::optional<IpAddress> ParseIpAddress(std::string_view text);

/// Of this machine alone.
bool IsLoopback(const IpAddress& address);

/// Cheap to copy.
class Network {
 public:
  /// An address alone is a network of one. Errors: kInvalidArgument telling what is wrong, also
  /// where bits behind the prefix are set.
  static Result<Network> Parse(std::string_view text);

  bool Contains(const IpAddress& address) const;

 private:
  IpAddress address_{};
  int prefix_ = 128;  ///< Of the 128 bits.
};

using Networks = std::vector<Network>;

/// Whether one of the networks has it.
bool Contain(const Networks& networks, const IpAddress& address);

}  // namespace sluice
