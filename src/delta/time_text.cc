#include "delta/time_text.h"

#include <fmt/format.h>

#include <chrono>
#include <iterator>
#include <limits>

namespace sluice::delta {
namespace {

/// 0001-01-01 and 9999-12-31.
constexpr std::int64_t kFirstDay = -719162;
constexpr std::int64_t kLastDay = 2932896;

/// Days since 1970-01-01 of a proleptic Gregorian date, for any year (H. Hinnant's algorithm).
std::int64_t DaysFromCivil(std::int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

int DaysInMonth(std::int64_t year, int month) {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/// Takes fields off the front of a date or timestamp.
class TimeText {
 public:
  explicit TimeText(std::string_view text) : rest_(text) {}
  bool done() const { return rest_.empty(); }

  bool Take(std::string_view choices, char* found = nullptr) {
    if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) return false;
    if (found != nullptr) *found = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }

  /// `least` to `most` digits.
  bool Digits(std::size_t least, std::size_t most, std::int64_t* value) {
    std::size_t count = 0;
    std::int64_t number = 0;
    while (count < most && count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') {
      number = number * 10 + (rest_[count++] - '0');
    }
    if (count < least) return false;
    rest_.remove_prefix(count);
    *value = number;
    return true;
  }

  /// {year}-{month}-{day}; years before 1 and after 9999 carry a sign.
  bool Date(std::int64_t* days) {
    char sign = '+';
    Take("+-", &sign);
    std::int64_t year = 0;
    std::int64_t month = 0;
    std::int64_t day = 0;
    if (!Digits(1, 7, &year) || !Take("-") || !Digits(1, 2, &month) || !Take("-") ||
        !Digits(1, 2, &day)) {
      return false;
    }
    if (sign == '-') year = -year;
    if (month < 1 || month > 12 || day < 1 || day > DaysInMonth(year, static_cast<int>(month))) {
      return false;
    }
    *days = DaysFromCivil(year, static_cast<int>(month), static_cast<int>(day));
    return true;
  }

  /// {hour}:{minute}[:{second}[.{fraction}]]; finer than microseconds is cut.
  bool Time(std::int64_t* micros) {
    std::int64_t hour = 0;
    std::int64_t minute = 0;
    std::int64_t second = 0;
    std::int64_t fraction = 0;
    if (!Digits(1, 2, &hour) || !Take(":") || !Digits(1, 2, &minute)) return false;
    if (Take(":")) {
      if (!Digits(1, 2, &second)) return false;
      if (Take(".") && !Fraction(&fraction)) return false;
    }
    if (hour > 23 || minute > 59 || second > 59) return false;
    *micros = ((hour * 60 + minute) * 60 + second) * kMicrosPerSecond + fraction;
    return true;
  }

  /// Nothing, Z or an offset from UTC.
  bool Offset(std::int64_t* micros, bool* found) {
    *micros = 0;
    if (done()) return true;
    *found = true;
    if (Take("Zz")) return true;
    char sign = '+';
    std::int64_t hours = 0;
    std::int64_t minutes = 0;
    if (!Take("+-", &sign) || !Digits(2, 2, &hours)) return false;
    if (!done()) {
      Take(":");
      if (!Digits(2, 2, &minutes)) return false;
    }
    if (hours > 18 || minutes > 59) return false;
    *micros = (hours * 60 + minutes) * 60 * kMicrosPerSecond * (sign == '-' ? -1 : 1);
    return true;
  }

 private:
  bool Fraction(std::int64_t* micros) {
    std::int64_t digit = 0;
    std::int64_t scale = 100'000;
    if (!Digits(1, 1, &digit)) return false;
    do {
      *micros += digit * scale;
      scale /= 10;
    } while (Digits(1, 1, &digit));
    return true;
  }

  std::string_view rest_;
};

}  // namespace

bool AppendDate(std::int64_t days, std::string* out) {
  if (days < kFirstDay || days > kLastDay) return false;
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days(days)}};
  fmt::format_to(std::back_inserter(*out), "{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return true;
}

bool AppendTimestamp(std::int64_t micros, bool utc, std::string* out) {
  const std::int64_t days = micros / kMicrosPerDay - (micros % kMicrosPerDay < 0 ? 1 : 0);
  if (!AppendDate(days, out)) return false;
  const std::int64_t rest = micros - days * kMicrosPerDay;
  const std::int64_t seconds = rest / kMicrosPerSecond;
  fmt::format_to(std::back_inserter(*out), "T{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60,
                 seconds % 60);
  if (rest % 1'000 == 0) {
    fmt::format_to(std::back_inserter(*out), ".{:03}", rest / 1'000 % 1'000);
  } else {
    fmt::format_to(std::back_inserter(*out), ".{:06}", rest % kMicrosPerSecond);
  }
  if (utc) out->push_back('Z');
  return true;
}

std::optional<std::int32_t> ParseDate(std::string_view text) {
  TimeText in(text);
  std::int64_t days = 0;
  if (!in.Date(&days) || !in.done() || days < std::numeric_limits<std::int32_t>::min() ||
      days > std::numeric_limits<std::int32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::int32_t>(days);
}

std::optional<TimestampText> ParseTimestampText(std::string_view text) {
  TimeText in(text);
  std::int64_t days = 0;
  std::int64_t time = 0;
  TimestampText out;
  const bool parsed = in.Date(&days) && (in.done() || (in.Take("T ") && in.Time(&time))) &&
                      in.Offset(&out.offset_micros, &out.has_offset) && in.done();
  if (!parsed || __builtin_mul_overflow(days, kMicrosPerDay, &out.local_micros) ||
      __builtin_add_overflow(out.local_micros, time, &out.local_micros)) {
    return std::nullopt;
  }
  return out;
}

}  // namespace sluice::delta
