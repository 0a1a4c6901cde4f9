// Time as milliseconds since the Unix epoch in UTC, the unit of the Delta log and of the protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice {

/// Where a module needs "now" and tests need another one.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Milliseconds since the Unix epoch. Thread-safe.
  virtual std::int64_t NowMillis() const = 0;
};

/// The machine's wall clock. Lives as long as the process.
const Clock& SystemClock();

/// ISO 8601 date-time with `Z` or any offset and an optional fraction of a second
/// ("2022-01-01T00:00:00.5+02:00") to milliseconds; a space may stand for the `T`, and a missing
/// offset means UTC. Finer fractions are cut. Errors: kInvalidArgument.
Result<std::int64_t> ParseTimestamp(std::string_view text);

/// Milliseconds to "2022-01-01T00:00:00.000Z"; times beyond the years 0 to 9999 become the nearest
/// one within.
std::string FormatTimestamp(std::int64_t millis);

/// The date of HTTP headers (RFC 9110, section 5.6.7), "Sun, 06 Nov 1994 08:49:37 GMT", to seconds
/// since the epoch; nothing for any other text, the two obsolete forms included.
std::optional<std::int64_t> ParseHttpDate(std::string_view text);
std::string FormatHttpDate(std::int64_t seconds);

}  // namespace sluice
