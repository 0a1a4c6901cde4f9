#include "net/retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <random>
#include <string>
#include <thread>

namespace sluice::net {
namespace {

constexpr std::int64_t kMaxBackoffMs = 30'000;
constexpr std::int64_t kCancelCheckMs = 20;
constexpr std::int64_t kLongestSeconds = 86'400;

}  // namespace

std::optional<std::int64_t> ParseRetryAfter(std::string_view value, std::int64_t now_seconds) {
  std::int64_t seconds = 0;
  const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (code != std::errc() || end != value.data() + value.size()) {
    const std::time_t date = curl_getdate(std::string(value).c_str(), nullptr);
    if (date < 0) return std::nullopt;
    seconds = date - now_seconds;
  }
  // Bounded before it is multiplied: the header is the peer's.
  return std::clamp(seconds, std::int64_t{0}, kLongestSeconds) * 1000;
}

std::int64_t BackoffMillis(std::int64_t first_ms, int retry) {
  const int doublings = std::clamp(retry - 1, 0, 20);
  const std::int64_t nominal =
      std::min(std::clamp<std::int64_t>(first_ms, 0, kMaxBackoffMs) << doublings, kMaxBackoffMs);
  static thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_int_distribution<std::int64_t>(nominal - nominal / 4, nominal)(random);
}

std::int64_t SteadyMillis() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

Status Pause(std::int64_t millis, const std::function<bool()>& cancelled) {
  const std::int64_t until = SteadyMillis() + millis;
  for (;;) {
    if (cancelled && cancelled()) return Fail(ErrorKind::kCancelled, "cancelled while waiting");
    const std::int64_t left = until - SteadyMillis();
    if (left <= 0) return {};
    const std::int64_t slice = cancelled ? std::min(left, kCancelCheckMs) : left;
    std::this_thread::sleep_for(std::chrono::milliseconds(slice));
  }
}

}  // namespace sluice::net
