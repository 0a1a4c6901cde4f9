#include "delta/literal_range.h"

#include <algorithm>
#include <cmath>

#include "base/ascii.h"
#include "delta/decimal_text.h"
#include "delta/time_text.h"

namespace sluice::delta {
namespace {

using Kind = DataType::Kind;
using LiteralKind = predicate::ValueType::Kind;
using predicate::Literal;
using MaybeRange = std::optional<ValueRange>;

/// Below these a floating number tells integers apart.
constexpr double kExactInFloat = 1 << 24;
constexpr double kExactInDouble = 9007199254740992.0;
/// Decimals of so many digits keep their order as doubles.
constexpr int kDecimalDigitsInDouble = 15;

bool IsFloating(LiteralKind kind) {
  return kind == LiteralKind::kFloat || kind == LiteralKind::kDouble;
}
bool IsExactNumber(LiteralKind kind) {
  return predicate::IsNumber(kind) && !IsFloating(kind);
}

int IntegerBits(Kind kind) {
  switch (kind) {
    case Kind::kByte:
      return 8;
    case Kind::kShort:
      return 16;
    case Kind::kInteger:
      return 32;
    case Kind::kLong:
      return 64;
    default:
      return 0;
  }
}

DataType TypeOf(const predicate::ValueType& type) {
  const auto kind = [&] {
    switch (type.kind) {
      case LiteralKind::kBoolean:
        return Kind::kBoolean;
      case LiteralKind::kByte:
        return Kind::kByte;
      case LiteralKind::kShort:
        return Kind::kShort;
      case LiteralKind::kInt:
        return Kind::kInteger;
      case LiteralKind::kLong:
        return Kind::kLong;
      case LiteralKind::kFloat:
        return Kind::kFloat;
      case LiteralKind::kDouble:
        return Kind::kDouble;
      case LiteralKind::kDecimal:
        return Kind::kDecimal;
      case LiteralKind::kString:
        return Kind::kString;
      case LiteralKind::kBinary:
        return Kind::kBinary;
      case LiteralKind::kDate:
        return Kind::kDate;
      case LiteralKind::kTimestamp:
        return Kind::kTimestamp;
      case LiteralKind::kTimestampNtz:
        return Kind::kTimestampNtz;
    }
    return Kind::kVoid;
  };
  DataType out;
  out.kind = kind();
  out.precision = type.precision;
  out.scale = type.scale;
  return out;
}

/// An integer or decimal; nullopt for a text that its type does not hold as it stands.
std::optional<DecimalText> ExactNumber(const Literal& literal) {
  const auto number = ParseDecimalText(*literal.text);
  if (!number) return std::nullopt;
  if (literal.type.kind == LiteralKind::kDecimal) {
    if (literal.type.precision == 0) return number;
    const auto cut = AtScale(*number, literal.type.scale);
    if (!cut || cut->lo != cut->hi) return std::nullopt;
    return number;
  }
  if (!predicate::IsInteger(literal.type.kind)) return number->scale == 0 ? number : std::nullopt;
  const Int128 limit = Int128{1} << (IntegerBits(TypeOf(literal.type).kind) - 1);
  if (number->scale != 0 || number->digits < -limit || number->digits >= limit) return std::nullopt;
  return number;
}

MaybeRange IntegerLiteral(const Literal& literal) {
  if (IsFloating(literal.type.kind)) {
    const bool is_float = literal.type.kind == LiteralKind::kFloat;
    const auto number = ParseFloating(*literal.text, is_float);
    if (!number || std::abs(*number) >= (is_float ? kExactInFloat : kExactInDouble)) {
      return std::nullopt;
    }
    return IntegerRange{static_cast<std::int64_t>(std::floor(*number)),
                        static_cast<std::int64_t>(std::ceil(*number))};
  }
  if (!IsExactNumber(literal.type.kind) && literal.type.kind != LiteralKind::kString) {
    return std::nullopt;
  }
  const auto number = ExactNumber(literal);
  if (!number) return std::nullopt;
  const auto range = AtScale(*number, 0);
  constexpr Int128 kMost = std::numeric_limits<std::int64_t>::max();
  if (!range || range->lo < -kMost - 1 || range->hi > kMost) return std::nullopt;
  return IntegerRange{static_cast<std::int64_t>(range->lo), static_cast<std::int64_t>(range->hi)};
}

MaybeRange FloatingLiteral(bool float_column, const Literal& literal) {
  const LiteralKind kind = literal.type.kind;
  if (!IsFloating(kind) && !IsExactNumber(kind) && kind != LiteralKind::kString) {
    return std::nullopt;
  }
  if (IsExactNumber(kind) && !ExactNumber(literal)) return std::nullopt;
  const auto number = ParseFloating(*literal.text, kind == LiteralKind::kFloat);
  if (!number) return std::nullopt;
  double lo = *number;
  double hi = *number;
  if (float_column) {
    // Compared as doubles or as floats, as the engine may be.
    const double rounded = static_cast<float>(*number);
    lo = std::min(lo, rounded);
    hi = std::max(hi, rounded);
  }
  if (IsExactNumber(kind) && std::abs(*number) >= (float_column ? kExactInFloat : kExactInDouble)) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    lo = float_column ? std::nextafter(static_cast<float>(lo), -INFINITY)
                      : std::nextafter(lo, -kInfinity);
    hi = float_column ? std::nextafter(static_cast<float>(hi), INFINITY)
                      : std::nextafter(hi, kInfinity);
  }
  return IntegerRange{FloatKey(lo), FloatKey(hi)};
}

MaybeRange DecimalLiteral(const DataType& type, const Literal& literal) {
  if (IsExactNumber(literal.type.kind)) {
    const auto number = ExactNumber(literal);
    if (!number) return std::nullopt;
    const auto range = AtScale(*number, type.scale);
    if (!range) return std::nullopt;
    return Range<Int128>{range->lo, range->hi};
  }
  if (!IsFloating(literal.type.kind) && literal.type.kind != LiteralKind::kString) {
    return std::nullopt;
  }
  // Compared as doubles, of which one stands for all decimals that are nearer than the next digit.
  const auto number = ParseFloating(*literal.text, literal.type.kind == LiteralKind::kFloat);
  if (!number || type.precision > kDecimalDigitsInDouble) return std::nullopt;
  const long double scaled = static_cast<long double>(*number) * powl(10, type.scale);
  if (std::abs(scaled) > 1e17L) return std::nullopt;
  return Range<Int128>{static_cast<Int128>(std::floor(scaled)) - 1,
                       static_cast<Int128>(std::ceil(scaled)) + 1};
}

MaybeRange BooleanLiteral(const Literal& literal) {
  if (literal.type.kind != LiteralKind::kBoolean && literal.type.kind != LiteralKind::kString) {
    return std::nullopt;
  }
  const std::string text = ToLower(*literal.text);
  if (text != "true" && text != "false") return std::nullopt;
  const std::int64_t value = text == "true" ? 1 : 0;
  return IntegerRange{value, value};
}

/// A date as a point in time: midnight in UTC.
std::optional<IntegerRange> Midnight(std::string_view text) {
  const auto days = ParseDate(text);
  if (!days) return std::nullopt;
  const std::int64_t micros = *days * kMicrosPerDay;
  return IntegerRange{micros, micros};
}

IntegerRange Widened(IntegerRange range, std::int64_t slack) {
  return {SaturatedSum(range.lo, -slack), SaturatedSum(range.hi, slack)};
}

/// A literal as a point in time, for a column of dates or timestamps.
MaybeRange TimeLiteral(const DataType& type, const Literal& literal, TimestampSense sense) {
  const bool zoned_column = type.kind == Kind::kTimestamp;
  const bool zoned_literal = literal.type.kind == LiteralKind::kTimestamp ||
                             (literal.type.kind == LiteralKind::kString && zoned_column);
  std::optional<IntegerRange> range;
  switch (literal.type.kind) {
    case LiteralKind::kDate:
      range = Midnight(*literal.text);
      break;
    case LiteralKind::kString:
    case LiteralKind::kTimestamp:
    case LiteralKind::kTimestampNtz:
      range = TimestampRange(*literal.text, zoned_literal, sense);
      break;
    default:
      return std::nullopt;
  }
  if (!range) return std::nullopt;
  // One is an instant and the other a local time: they meet in a zone that is not told.
  if (zoned_column != zoned_literal && !sense.utc) range = Widened(*range, kMaxZoneMicros);
  return *range;
}

MaybeRange DateLiteral(const DataType& type, const Literal& literal, TimestampSense sense) {
  if (literal.type.kind == LiteralKind::kDate || literal.type.kind == LiteralKind::kString) {
    const auto days = ParseDate(*literal.text);
    if (!days) return std::nullopt;
    return IntegerRange{*days, *days};
  }
  const auto time = TimeLiteral(type, literal, sense);
  if (!time) return std::nullopt;
  const auto range = std::get<IntegerRange>(*time);
  return IntegerRange{FloorDiv(range.lo, kMicrosPerDay), CeilDiv(range.hi, kMicrosPerDay)};
}

/// Digits before the point that every integer of a type fits into.
int IntegerDigits(Kind kind) {
  const int bits = IntegerBits(kind);
  return bits == 8 ? 3 : bits == 16 ? 5 : bits == 32 ? 10 : 19;
}

std::optional<Comparand> CastInteger(const DataType& native, const DataType& target) {
  if (IntegerBits(target.kind) >= IntegerBits(native.kind)) return Comparand{native};
  switch (target.kind) {
    case Kind::kDouble:
      return Comparand{target, Transform::kIntegerToDouble};
    case Kind::kFloat:
      return Comparand{target, Transform::kIntegerToFloat};
    case Kind::kDecimal:
      if (target.precision - target.scale < IntegerDigits(native.kind)) return std::nullopt;
      return Comparand{native};
    default:
      return std::nullopt;
  }
}

std::optional<Comparand> CastDecimal(const DataType& native, const DataType& target) {
  if (target.kind == Kind::kDouble) return Comparand{native};
  if (target.kind != Kind::kDecimal || target.scale < native.scale ||
      target.precision - target.scale < native.precision - native.scale) {
    return std::nullopt;
  }
  return Comparand{native};
}

std::optional<Comparand> CastTime(const DataType& native, const DataType& target,
                                  TimestampSense sense) {
  const bool to_time = target.kind == Kind::kTimestamp || target.kind == Kind::kTimestampNtz;
  // The literal is converted instead.
  if (to_time) return Comparand{native};
  if (target.kind != Kind::kDate) return std::nullopt;
  const bool anywhere = native.kind == Kind::kTimestamp && !sense.utc;
  return Comparand{target, anywhere ? Transform::kMicrosToDayAnywhere : Transform::kMicrosToDay};
}

bool IsTime(Kind kind) {
  return kind == Kind::kDate || kind == Kind::kTimestamp || kind == Kind::kTimestampNtz;
}

bool IsSame(const DataType& native, const DataType& target) {
  return native.kind == target.kind &&
         (native.kind != Kind::kDecimal ||
          (native.precision == target.precision && native.scale == target.scale));
}

}  // namespace

MaybeRange LiteralRange(const DataType& type, const Literal& literal, TimestampSense sense) {
  switch (type.kind) {
    case Kind::kByte:
    case Kind::kShort:
    case Kind::kInteger:
    case Kind::kLong:
      return IntegerLiteral(literal);
    case Kind::kFloat:
    case Kind::kDouble:
      return FloatingLiteral(type.kind == Kind::kFloat, literal);
    case Kind::kDecimal:
      return DecimalLiteral(type, literal);
    case Kind::kBoolean:
      return BooleanLiteral(literal);
    case Kind::kDate:
      return DateLiteral(type, literal, sense);
    case Kind::kTimestamp:
    case Kind::kTimestampNtz:
      return TimeLiteral(type, literal, sense);
    case Kind::kString:
      if (literal.type.kind != LiteralKind::kString) return std::nullopt;
      return Range<std::string>{*literal.text, *literal.text};
    default:
      return std::nullopt;
  }
}

std::optional<Comparand> CastColumn(const DataType& native,
                                    const std::optional<predicate::ValueType>& cast,
                                    TimestampSense sense) {
  if (!cast) return Comparand{native};
  const DataType target = TypeOf(*cast);
  if (IsSame(native, target)) return Comparand{native};
  if (native.kind == Kind::kString) return Comparand{target, Transform::kNone, true};
  if (IntegerBits(native.kind) > 0) return CastInteger(native, target);
  if (native.kind == Kind::kFloat && target.kind == Kind::kDouble) return Comparand{native};
  if (native.kind == Kind::kDouble && target.kind == Kind::kFloat) {
    return Comparand{target, Transform::kDoubleToFloat};
  }
  if (native.kind == Kind::kDecimal) return CastDecimal(native, target);
  if (IsTime(native.kind)) return CastTime(native, target, sense);
  return std::nullopt;
}

bool KeepsNulls(const DataType& native, const std::optional<predicate::ValueType>& cast) {
  if (!cast) return true;
  const DataType target = TypeOf(*cast);
  if (IsSame(native, target) || target.kind == Kind::kString) return true;
  if (IsTime(native.kind)) return IsTime(target.kind);
  const auto is_number = [](Kind kind) {
    return IntegerBits(kind) > 0 || kind == Kind::kFloat || kind == Kind::kDouble;
  };
  return is_number(native.kind) && is_number(target.kind);
}

}  // namespace sluice::delta
