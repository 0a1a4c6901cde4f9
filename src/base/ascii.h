// Letters and blanks of ASCII, as HTTP, SQL and the names of shares compare them, whatever the
// locale. Bytes beyond ASCII stand for themselves.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

constexpr char ToLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr char ToUpper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string ToLower(std::string_view text);
std::string ToUpper(std::string_view text);

bool EqualsIgnoreCase(std::string_view a, std::string_view b);

/// Without the spaces and tabs at both ends.
std::string_view Trim(std::string_view text);

}  // namespace sluice
