#include "server/http/request.h"

#include <fmt/compile.h>

#include <algorithm>
#include <atomic>
#include <random>

namespace sluice::http {

std::string_view Request::Get(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

bool Request::Has(std::string_view name) const {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const Header& header) { return header.first == name; });
}

std::string MakeRequestId() {
  static const std::uint64_t process = [] {
    std::random_device random;
    return (static_cast<std::uint64_t>(random()) << 16) ^ random();
  }();
  static std::atomic<std::uint64_t> count{0};
  return fmt::format(FMT_COMPILE("{:012x}{:012x}"), process & 0xFFFF'FFFF'FFFF, ++count);
}

}  // namespace sluice::http
