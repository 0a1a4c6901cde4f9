#include "base/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace sluice {
namespace {

constexpr int kBits = 128;
/// Where the bits of IPv4 begin.
constexpr int kMappedBits = 96;
constexpr std::size_t kMappedBytes = kMappedBits / 8;

bool IsV4Text(std::string_view text) {
  return text.find(':') == std::string_view::npos;
}

/// Keeps the first `prefix` bits.
IpAddress Masked(const IpAddress& address, int prefix) {
  IpAddress out{};
  for (int i = 0; i < static_cast<int>(out.size()); ++i) {
    const int bits = std::min(8, std::max(0, prefix - 8 * i));
    const auto mask = static_cast<std::uint8_t>(0xFF00 >> bits);
    out[static_cast<std::size_t>(i)] = address[static_cast<std::size_t>(i)] & mask;
  }
  return out;
}

}  // namespace

std::optional<IpAddress> ParseIpAddress(std::string_view text) {
  // inet_pton ends at a NUL, behind which anything could stand.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string whole(text);
  IpAddress out{};
  if (!IsV4Text(text)) {
    if (::inet_pton(AF_INET6, whole.c_str(), out.data()) != 1) return std::nullopt;
    return out;
  }
  out[kMappedBytes - 2] = 0xFF;
  out[kMappedBytes - 1] = 0xFF;
  if (::inet_pton(AF_INET, whole.c_str(), out.data() + kMappedBytes) != 1) return std::nullopt;
  return out;
}

bool IsLoopback(const IpAddress& address) {
  static const Networks kLoopback = {Network::Parse("127.0.0.0/8").value(),
                                     Network::Parse("::1").value()};
  return Contain(kLoopback, address);
}

bool Contain(const Networks& networks, const IpAddress& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.Contains(address); });
}

Result<Network> Network::Parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  const auto address = ParseIpAddress(host);
  if (!address) {
    return Fail(ErrorKind::kInvalidArgument,
                "must be an address or a network such as 192.0.2.0/24 or 2001:db8::/32");
  }
  Network network;
  network.address_ = *address;
  if (slash == std::string_view::npos) return network;
  const std::string_view digits = text.substr(slash + 1);
  const int most = IsV4Text(host) ? kBits - kMappedBits : kBits;
  int prefix = -1;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || prefix < 0 ||
      prefix > most) {
    return Fail(ErrorKind::kInvalidArgument, "the bits behind '/' must be from 0 to {}", most);
  }
  network.prefix_ = prefix + (kBits - most);
  if (Masked(*address, network.prefix_) != *address) {
    return Fail(ErrorKind::kInvalidArgument, "bits are set behind the first {}", prefix);
  }
  return network;
}

bool Network::Contains(const IpAddress& address) const {
  return Masked(address, prefix_) == address_;
}

}  // namespace sluice
