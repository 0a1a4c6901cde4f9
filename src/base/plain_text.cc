#include "base/plain_text.h"

#include <algorithm>

#include "base/encoding.h"

namespace sluice {

bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), IsControl);
}

bool IsPlainText(std::string_view text) {
  return !HasControls(text) && IsUtf8(text);
}

}  // namespace sluice
