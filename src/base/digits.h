// Decimal digits where a format string would cost more than they do: each line of the access log
// and each head of an answer has some.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice {

/// The last `width` decimal digits of `value`, with zeros where it has fewer.
inline void AppendDigits(std::uint64_t value, std::size_t width, std::string* out) {
  const std::size_t start = out->size();
  out->resize(start + width);
  for (std::size_t at = start + width; at > start; value /= 10) {
    (*out)[--at] = static_cast<char>('0' + value % 10);
  }
}

}  // namespace sluice
