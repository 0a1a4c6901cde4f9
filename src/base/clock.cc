#include "base/clock.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "base/digits.h"
#include "base/encoding.h"

namespace sluice {
namespace {

class WallClock : public Clock {
 public:
  std::int64_t NowMillis() const override {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  }
};

/// Reads fixed-width fields from the front of a text.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}

  bool Digits(std::size_t count, int* value) {
    if (rest_.size() < count) return false;
    int result = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      result = result * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    *value = result;
    return true;
  }
  bool OneOf(std::string_view choices, char* found = nullptr) {
    if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) return false;
    if (found != nullptr) *found = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool ReadDate(FieldReader* in, std::int64_t* millis) {
  using namespace std::chrono;
  int y = 0;
  int m = 0;
  int d = 0;
  if (!in->Digits(4, &y) || !in->OneOf("-") || !in->Digits(2, &m) || !in->OneOf("-") ||
      !in->Digits(2, &d)) {
    return false;
  }
  const year_month_day date{year{y}, month{static_cast<unsigned>(m)},
                            day{static_cast<unsigned>(d)}};
  if (!date.ok()) return false;
  *millis = duration_cast<milliseconds>(sys_days{date}.time_since_epoch()).count();
  return true;
}

bool ReadTime(FieldReader* in, std::int64_t* millis) {
  int h = 0;
  int m = 0;
  int s = 0;
  if (!in->Digits(2, &h) || !in->OneOf(":") || !in->Digits(2, &m)) return false;
  int fraction_ms = 0;
  if (in->OneOf(":")) {
    if (!in->Digits(2, &s)) return false;
    if (in->OneOf(".,")) {
      int digit = 0;
      int scale = 100;
      if (!in->Digits(1, &digit)) return false;
      do {
        fraction_ms += digit * scale;
        scale /= 10;
      } while (in->Digits(1, &digit));
    }
  }
  if (h > 23 || m > 59 || s > 60) return false;
  *millis += ((h * 60 + m) * 60 + s) * std::int64_t{1000} + fraction_ms;
  return true;
}

bool ReadOffset(FieldReader* in, std::int64_t* millis) {
  if (in->done() || in->OneOf("Zz")) return true;
  char sign = '+';
  int h = 0;
  int m = 0;
  if (!in->OneOf("+-", &sign) || !in->Digits(2, &h)) return false;
  if (!in->done()) {
    in->OneOf(":");
    if (!in->Digits(2, &m)) return false;
  }
  if (h > 18 || m > 59) return false;
  const std::int64_t offset = (h * 60 + m) * std::int64_t{60'000};
  *millis += sign == '+' ? -offset : offset;
  return true;
}

}  // namespace

const Clock& SystemClock() {
  static const WallClock clock;
  return clock;
}

Result<std::int64_t> ParseTimestamp(std::string_view text) {
  FieldReader in(text);
  std::int64_t millis = 0;
  if (ReadDate(&in, &millis) && in.OneOf("Tt ") && ReadTime(&in, &millis) &&
      ReadOffset(&in, &millis) && in.done()) {
    return millis;
  }
  return Fail(ErrorKind::kInvalidArgument,
              "'{}' is not an ISO 8601 timestamp such as 2022-01-01T00:00:00Z",
              Printable(text, 64));
}

std::string FormatTimestamp(std::int64_t millis) {
  using namespace std::chrono;
  const sys_time<milliseconds> first = sys_days{year{0} / 1 / 1};
  const sys_time<milliseconds> last = sys_days{year{10'000} / 1 / 1} - milliseconds{1};
  const auto time = std::clamp(sys_time<milliseconds>{milliseconds{millis}}, first, last);
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::string out;
  // Without a format, as every request is logged with its time.
  const auto field = [&out](auto value, std::size_t width, std::string_view end) {
    AppendDigits(static_cast<std::uint32_t>(value), width, &out);
    out.append(end);
  };
  field(static_cast<int>(date.year()), 4, "-");
  field(static_cast<unsigned>(date.month()), 2, "-");
  field(static_cast<unsigned>(date.day()), 2, "T");
  field(clock.hours().count(), 2, ":");
  field(clock.minutes().count(), 2, ":");
  field(clock.seconds().count(), 2, ".");
  field(clock.subseconds().count(), 3, "Z");
  return out;
}

std::optional<std::int64_t> ParseHttpDate(std::string_view text) {
  const std::string terminated(text);  // `end` points into it.
  std::tm parts{};
  const char* end = ::strptime(terminated.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return ::timegm(&parts);
}

std::string FormatHttpDate(std::int64_t seconds) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(static_cast<time_t>(seconds)));
}

}  // namespace sluice
