#include "delta/column_value.h"

#include <charconv>
#include <cmath>

#include "delta/time_text.h"

namespace sluice::delta {
namespace {

constexpr std::int64_t kCutMicros = 999;

template <typename Number>
std::optional<double> ParseAs(std::string_view text) {
  Number number{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || std::isnan(number)) {
    return std::nullopt;
  }
  return static_cast<double>(number);
}

}  // namespace

std::optional<IntegerRange> TimestampRange(std::string_view text, bool zoned,
                                           TimestampSense sense) {
  const auto parsed = ParseTimestampText(text);
  if (!parsed) return std::nullopt;
  // An offset means nothing to a time without a zone.
  const std::int64_t micros =
      SaturatedSum(parsed->local_micros, zoned ? -parsed->offset_micros : 0);
  std::int64_t slack = zoned && !parsed->has_offset && !sense.utc ? kMaxZoneMicros : 0;
  if (!sense.exact) slack += kCutMicros;
  return IntegerRange{SaturatedSum(micros, -slack), SaturatedSum(micros, slack)};
}

std::optional<double> ParseFloating(std::string_view text, bool as_float) {
  if (text.starts_with('+')) text.remove_prefix(1);
  return as_float ? ParseAs<float>(text) : ParseAs<double>(text);
}

std::int64_t SaturatedSum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? std::numeric_limits<std::int64_t>::min()
               : std::numeric_limits<std::int64_t>::max();
}

std::int64_t FloorDiv(std::int64_t value, std::int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

std::int64_t CeilDiv(std::int64_t value, std::int64_t divisor) {
  return value / divisor + (value % divisor > 0 ? 1 : 0);
}

}  // namespace sluice::delta
