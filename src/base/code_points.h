// Characters of UTF-8, one by one, and those that do something to the text around them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice {

/// Takes one code point off the front of `text`, which is not empty; a byte that begins none is
/// U+FFFD.
char32_t TakeCodePoint(std::string_view* text);

/// What moves a cursor, changes colours, ends a line or turns the direction of text around: the
/// controls of ASCII and of Latin-1 (U+0080 to U+009F), U+2028, U+2029, and Unicode's Bidi_Control.
constexpr bool IsControlPoint(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x061C || point == 0x200E ||
         point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069);
}

/// The first one in `text`, with the place of its first byte.
struct FoundControl {
  char32_t point = 0;
  std::size_t at = 0;
};
std::optional<FoundControl> FindControlPoint(std::string_view text);

/// The same text with `by` in place of each of them.
std::string WithoutControlPoints(std::string_view text, char by);

/// `what` names the text. Errors: kInvalidArgument naming the code point, as "U+202E".
Status CheckNoControlPoint(std::string_view what, std::string_view text);

}  // namespace sluice
