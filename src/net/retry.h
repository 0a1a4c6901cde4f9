// When a try that failed is made again, and after how long.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace sluice::net {

/// Waits for longer than this are not worth it: the answer is handed to the caller instead.
inline constexpr std::int64_t kMaxRetryAfterMs = 300'000;

/// Milliseconds from `now_seconds` (since the epoch) that a Retry-After header asks for: a count of
/// seconds or an HTTP date, from 0 to a day. Nothing when it is neither.
std::optional<std::int64_t> ParseRetryAfter(std::string_view value, std::int64_t now_seconds);

/// The pause before retry number `retry` (from 1): `first_ms` doubled each time, at most 30 s, less
/// up to a quarter by chance, so that clients that failed together do not return together.
std::int64_t BackoffMillis(std::int64_t first_ms, int retry);

/// Milliseconds of a clock that only goes forward.
std::int64_t SteadyMillis();

/// Waits `millis`, asking `cancelled` (may be empty) often. Errors: kCancelled.
Status Pause(std::int64_t millis, const std::function<bool()>& cancelled);

}  // namespace sluice::net
