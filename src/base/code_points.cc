#include "base/code_points.h"

#include <fmt/format.h>

#include <cstdint>

namespace sluice {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

}  // namespace

char32_t TakeCodePoint(std::string_view* text) {
  const auto first = static_cast<unsigned char>(text->front());
  const int length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0x80) {
    text->remove_prefix(1);
    return first;
  }
  if (first < 0xC2 || first > 0xF4 || text->size() < static_cast<std::size_t>(length)) {
    text->remove_prefix(1);
    return kReplacement;
  }
  char32_t point = first & (0xFF >> (length + 1));
  for (int i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>((*text)[static_cast<std::size_t>(i)]);
    if ((next & 0xC0) != 0x80) {
      text->remove_prefix(1);
      return kReplacement;
    }
    point = point << 6 | (next & 0x3F);
  }
  text->remove_prefix(static_cast<std::size_t>(length));
  return point;
}

std::optional<FoundControl> FindControlPoint(std::string_view text) {
  const std::size_t size = text.size();
  while (!text.empty()) {
    const std::size_t at = size - text.size();
    const char32_t point = TakeCodePoint(&text);
    if (IsControlPoint(point)) return FoundControl{point, at};
  }
  return std::nullopt;
}

std::string WithoutControlPoints(std::string_view text, char by) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t point = TakeCodePoint(&text);
    if (IsControlPoint(point)) {
      out += by;
    } else {
      out += before.substr(0, before.size() - text.size());
    }
  }
  return out;
}

Status CheckNoControlPoint(std::string_view what, std::string_view text) {
  const auto found = FindControlPoint(text);
  if (!found) return {};
  return Fail(ErrorKind::kInvalidArgument,
              "{} must not hold the control character U+{:04X} (byte {})", what,
              static_cast<std::uint32_t>(found->point), found->at + 1);
}

}  // namespace sluice
