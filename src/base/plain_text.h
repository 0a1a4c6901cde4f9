// Control characters of ASCII, which most texts from outside must not hold.
#pragma once

#include <string_view>

namespace sluice {

constexpr bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool HasControls(std::string_view text);

/// UTF-8 without control characters.
bool IsPlainText(std::string_view text);

}  // namespace sluice
