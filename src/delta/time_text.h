// Dates and timestamps as the Delta log writes them: in partition values and in statistics.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::delta {

inline constexpr std::int64_t kMicrosPerSecond = 1'000'000;
inline constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

/// {year}-{month}-{day} of the proleptic Gregorian calendar to days since 1970-01-01. Years before
/// 1 and after 9999 carry a sign. Nullopt for what is no date.
std::optional<std::int32_t> ParseDate(std::string_view text);

struct TimestampText {
  std::int64_t local_micros = 0;   ///< As if the text were of UTC, since 1970.
  std::int64_t offset_micros = 0;  ///< To be subtracted; 0 without an offset.
  bool has_offset = false;         ///< Z, or hours and minutes.
};

/// A date, or a date and a time after a `T` or a space: {hour}:{minute}[:{second}[.{fraction}]],
/// with an offset or without. What is finer than microseconds is cut. Nullopt for what is no
/// timestamp.
std::optional<TimestampText> ParseTimestampText(std::string_view text);

/// A day since 1970-01-01 as {year}-{month}-{day}. False, and nothing appended, before the year 1
/// and after 9999.
bool AppendDate(std::int64_t days, std::string* out);

/// Microseconds as a date, a `T` and a time: with three digits of a second where these say it all,
/// else with six; with a Z at the end for UTC. False as AppendDate.
bool AppendTimestamp(std::int64_t micros, bool utc, std::string* out);

}  // namespace sluice::delta
