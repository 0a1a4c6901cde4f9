// "Partition Value Serialization" of the format, declared in schema.h.
#include <arrow/scalar.h>
#include <arrow/util/decimal.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "delta/schema.h"

namespace sluice::delta {
namespace {

using ScalarPtr = std::shared_ptr<arrow::Scalar>;

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

tl::unexpected<Error> Bad(std::string_view text, std::string_view type) {
  return Fail(ErrorKind::kCorrupt, "partition value '{}' is no {}", text.substr(0, 64), type);
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  Number number{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ptr != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_floating_point_v<Number>) {
    // A denormal smaller than any number, or one too large for the type: nearest, as Java has it.
    if (parsed.ec == std::errc::result_out_of_range) {
      const bool tiny =
          text.find("E-") != std::string_view::npos || text.find("e-") != std::string_view::npos;
      const Number limit = tiny ? Number{0} : std::numeric_limits<Number>::infinity();
      return text.front() == '-' ? -limit : limit;
    }
  }
  if (parsed.ec != std::errc()) return std::nullopt;
  return number;
}

template <typename Scalar>
Result<ScalarPtr> NumberScalar(std::string_view text, std::string_view type) {
  const auto number = ParseNumber<typename Scalar::ValueType>(text);
  if (!number) return Bad(text, type);
  return std::make_shared<Scalar>(*number);
}

Result<ScalarPtr> DecimalScalar(const DataType& type, std::string_view text) {
  const std::string name = fmt::format("decimal({},{})", type.precision, type.scale);
  arrow::Decimal128 value;
  std::int32_t precision = 0;
  std::int32_t scale = 0;
  if (!arrow::Decimal128::FromString(text, &value, &precision, &scale).ok()) return Bad(text, name);
  if (scale != type.scale) {
    auto rescaled = value.Rescale(scale, type.scale);
    if (!rescaled.ok()) return Bad(text, name);
    value = *rescaled;
  }
  if (!value.FitsInPrecision(type.precision)) return Bad(text, name);
  return std::make_shared<arrow::Decimal128Scalar>(value, ToArrowType(type));
}

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
  bool Offset(std::int64_t* micros) {
    *micros = 0;
    if (done() || Take("Zz")) return true;
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

Result<ScalarPtr> DateScalar(std::string_view text) {
  TimeText in(text);
  std::int64_t days = 0;
  if (!in.Date(&days) || !in.done() || days < std::numeric_limits<std::int32_t>::min() ||
      days > std::numeric_limits<std::int32_t>::max()) {
    return Bad(text, "date");
  }
  return std::make_shared<arrow::Date32Scalar>(static_cast<std::int32_t>(days));
}

/// A text without an offset means UTC, since the zone of its writer is not known.
Result<ScalarPtr> TimestampScalar(const DataType& type, std::string_view text) {
  const bool zoned = type.kind == DataType::Kind::kTimestamp;
  TimeText in(text);
  std::int64_t days = 0;
  std::int64_t time = 0;
  std::int64_t offset = 0;
  const bool parsed = in.Date(&days) && (in.done() || (in.Take("T ") && in.Time(&time))) &&
                      in.Offset(&offset) && in.done();
  std::int64_t micros = 0;
  if (!parsed || __builtin_mul_overflow(days, kMicrosPerDay, &micros) ||
      __builtin_add_overflow(micros, time - (zoned ? offset : 0), &micros)) {
    return Bad(text, zoned ? "timestamp" : "timestamp_ntz");
  }
  return std::make_shared<arrow::TimestampScalar>(micros, ToArrowType(type));
}

Result<ScalarPtr> BooleanScalar(std::string_view text) {
  std::string lower(text.substr(0, 8));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (lower == "true") return std::make_shared<arrow::BooleanScalar>(true);
  if (lower == "false") return std::make_shared<arrow::BooleanScalar>(false);
  return Bad(text, "boolean");
}

}  // namespace

Result<ScalarPtr> ParsePartitionValue(const DataType& type,
                                      const std::optional<std::string_view>& text) {
  using Kind = DataType::Kind;
  if (!text || text->empty()) return arrow::MakeNullScalar(ToArrowType(type));
  switch (type.kind) {
    case Kind::kString:
      return std::make_shared<arrow::StringScalar>(std::string(*text));
    case Kind::kBinary:
      return std::make_shared<arrow::BinaryScalar>(std::string(*text));
    case Kind::kLong:
      return NumberScalar<arrow::Int64Scalar>(*text, "long");
    case Kind::kInteger:
      return NumberScalar<arrow::Int32Scalar>(*text, "integer");
    case Kind::kShort:
      return NumberScalar<arrow::Int16Scalar>(*text, "short");
    case Kind::kByte:
      return NumberScalar<arrow::Int8Scalar>(*text, "byte");
    case Kind::kFloat:
      return NumberScalar<arrow::FloatScalar>(*text, "float");
    case Kind::kDouble:
      return NumberScalar<arrow::DoubleScalar>(*text, "double");
    case Kind::kDecimal:
      return DecimalScalar(type, *text);
    case Kind::kBoolean:
      return BooleanScalar(*text);
    case Kind::kDate:
      return DateScalar(*text);
    case Kind::kTimestamp:
    case Kind::kTimestampNtz:
      return TimestampScalar(type, *text);
    default:
      return Bad(*text, "value of a type that can partition a table");
  }
}

}  // namespace sluice::delta
