// Single values of a column in the forms that ColumnBounds keeps: from the texts of statistics,
// partition values and literals.
#pragma once

#include <optional>
#include <string_view>

#include "delta/column_bounds.h"
#include "delta/schema.h"
#include "predicate/expression.h"

namespace sluice::delta {

/// A value that lies somewhere from lo to hi; known exactly when they are equal.
template <typename T>
struct Range {
  T lo{};
  T hi{};
};
using IntegerRange = Range<std::int64_t>;

/// How far a local time may be from UTC, either way. Microseconds.
inline constexpr std::int64_t kMaxZoneMicros = 18 * 3600 * std::int64_t{1'000'000};

/// How timestamps are meant that do not say it.
struct TimestampSense {
  /// Without an offset they are of UTC; else of a zone that only their writer knows.
  bool utc = false;
  /// They are exact; else cut to milliseconds.
  bool exact = false;
};

/// A timestamp's text to microseconds. `zoned` is for the type timestamp, which is an instant.
/// Nullopt for what is no timestamp.
std::optional<IntegerRange> TimestampRange(std::string_view text, bool zoned, TimestampSense sense);

/// A floating number's text; NaN and what is no number are nullopt. "Infinity" is one.
std::optional<double> ParseFloating(std::string_view text, bool as_float);

/// a + b, at most the largest and at least the smallest number.
std::int64_t SaturatedSum(std::int64_t a, std::int64_t b);

/// Rounded down and up.
std::int64_t FloorDiv(std::int64_t value, std::int64_t divisor);
std::int64_t CeilDiv(std::int64_t value, std::int64_t divisor);

}  // namespace sluice::delta
