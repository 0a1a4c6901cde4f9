// ASCII case, as the protocol compares names.
#pragma once

#include <string>
#include <string_view>

namespace sluice::client {

inline std::string ToLower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace sluice::client
