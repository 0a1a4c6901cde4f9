// Addresses and networks of the Internet Protocol, as text and as a question.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice {

/// An address of either version; those of version 4 are the mapped ones of version 6.
using IpAddress = std::array<std::uint8_t, 16>;

/// "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"; nothing else, and no name.
std::optional<IpAddress> ParseIpAddress(std::string_view text);
bool IsLoopback(const IpAddress& address);

/// A set of networks. Immutable and thread-safe.
class IpNetworks {
 public:
  /// Each "192.0.2.0/24", "2001:db8::/32" or an address alone. Bits behind the prefix must be zero.
  /// Errors: kInvalidArgument quoting the text.
  static Result<IpNetworks> Parse(const std::vector<std::string>& texts);

  bool Contains(const IpAddress& address) const;
  bool empty() const { return networks_.empty(); }

 private:
  struct Network {
    IpAddress address;
    int bits = 0;  ///< Of 128.
  };
  std::vector<Network> networks_;
};

}  // namespace sluice
