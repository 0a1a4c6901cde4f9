#include "base/ip_network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sluice {
namespace {

constexpr IpAddress kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0};
constexpr int kMappedBits = 96;
constexpr int kBits = 128;

bool SameBits(const IpAddress& a, const IpAddress& b, int bits) {
  const auto bytes = static_cast<std::size_t>(bits / 8);
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(bytes), b.begin())) {
    return false;
  }
  const int rest = bits % 8;
  return rest == 0 || ((a[bytes] ^ b[bytes]) >> (8 - rest)) == 0;
}

/// Whether nothing is set behind the first `bits`.
bool EndsWithZeros(const IpAddress& address, int bits) {
  for (int bit = bits; bit < kBits; ++bit) {
    if (((address[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8)) & 1) != 0) return false;
  }
  return true;
}

}  // namespace

std::optional<IpAddress> ParseIpAddress(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  const std::string copy(text);
  IpAddress out = kMapped;
  if (::inet_pton(AF_INET, copy.c_str(), out.data() + kMappedBits / 8) == 1) return out;
  if (::inet_pton(AF_INET6, copy.c_str(), out.data()) == 1) return out;
  return std::nullopt;
}

bool IsLoopback(const IpAddress& address) {
  constexpr IpAddress kLoopback6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  constexpr IpAddress kLoopback4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 0};
  return address == kLoopback6 || SameBits(address, kLoopback4, kMappedBits + 8);
}

Result<IpNetworks> IpNetworks::Parse(const std::vector<std::string>& texts) {
  IpNetworks out;
  for (const std::string& text : texts) {
    const auto wrong = [&](std::string_view why) {
      return Fail(ErrorKind::kInvalidArgument, "'{}' is no network: {}", text.substr(0, 64), why);
    };
    const std::size_t slash = std::min(text.find('/'), text.size());
    const std::string_view address = std::string_view(text).substr(0, slash);
    const auto parsed = ParseIpAddress(address);
    if (!parsed) return wrong("write one like 192.0.2.0/24 or 2001:db8::/32");
    const bool v4 = address.find(':') == std::string_view::npos;
    Network network{*parsed, kBits};
    if (slash < text.size()) {
      int bits = 0;
      const char* const end = text.data() + text.size();
      const auto number = std::from_chars(text.data() + slash + 1, end, bits);
      const int most = v4 ? kBits - kMappedBits : kBits;
      if (number.ec != std::errc() || number.ptr != end || bits < 0 || bits > most) {
        return wrong(fmt::format("the length of the prefix must be 0 to {}", most));
      }
      network.bits = v4 ? bits + kMappedBits : bits;
    }
    if (!EndsWithZeros(network.address, network.bits)) {
      return wrong("there are bits behind the prefix");
    }
    out.networks_.push_back(network);
  }
  return out;
}

bool IpNetworks::Contains(const IpAddress& address) const {
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    return SameBits(network.address, address, network.bits);
  });
}

}  // namespace sluice
