#include "client/literal_place.h"

#include <arrow/type.h>
#include <arrow/util/decimal.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "delta/column_value.h"
#include "delta/literal_range.h"
#include "delta/schema_json.h"

namespace sluice::client {
namespace {

using delta::Int128;
using delta::Range;
using Kind = delta::DataType::Kind;
using LiteralKind = predicate::ValueType::Kind;

constexpr delta::TimestampSense kUtc{.utc = true, .exact = true};

bool IsFloating(Kind kind) {
  return kind == Kind::kFloat || kind == Kind::kDouble;
}
bool IsFloating(LiteralKind kind) {
  return kind == LiteralKind::kFloat || kind == LiteralKind::kDouble;
}

tl::unexpected<Error> NotComparable(const predicate::Literal& literal,
                                    const delta::DataType& type) {
  return Fail(ErrorKind::kInvalidArgument,
              "a literal of type {} is not compared with a column of type {}",
              predicate::SqlTypeName(literal.type), delta::TypeText(type));
}

template <typename Integer>
Range<std::int64_t> LimitsOf() {
  return {std::numeric_limits<Integer>::min(), std::numeric_limits<Integer>::max()};
}

Range<std::int64_t> IntegerLimits(Kind kind) {
  switch (kind) {
    case Kind::kBoolean:
      return {0, 1};
    case Kind::kByte:
      return LimitsOf<std::int8_t>();
    case Kind::kShort:
      return LimitsOf<std::int16_t>();
    case Kind::kInteger:
    case Kind::kDate:
      return LimitsOf<std::int32_t>();
    default:
      return LimitsOf<std::int64_t>();
  }
}

Range<Int128> DecimalLimits(int precision) {
  Int128 most = 1;
  for (int i = 0; i < precision; ++i) most *= 10;
  return {1 - most, most - 1};
}

/// The range of a literal that lies between two values next to each other, or on one of them.
template <typename T, typename ToScalar>
LiteralPlace Between(const Range<T>& range, const Range<T>& limits, const ToScalar& to_scalar) {
  LiteralPlace place;
  if (range.lo >= limits.lo) place.below = to_scalar(std::min(range.lo, limits.hi));
  if (range.hi <= limits.hi) place.above = to_scalar(std::max(range.hi, limits.lo));
  place.exact = range.lo == range.hi && place.below != nullptr && place.above != nullptr;
  return place;
}

std::shared_ptr<arrow::Scalar> IntegerScalar(const delta::DataType& type, std::int64_t value) {
  switch (type.kind) {
    case Kind::kBoolean:
      return arrow::MakeScalar(value != 0);
    case Kind::kByte:
      return arrow::MakeScalar(static_cast<std::int8_t>(value));
    case Kind::kShort:
      return arrow::MakeScalar(static_cast<std::int16_t>(value));
    case Kind::kInteger:
      return arrow::MakeScalar(static_cast<std::int32_t>(value));
    case Kind::kDate:
      return std::make_shared<arrow::Date32Scalar>(static_cast<std::int32_t>(value));
    case Kind::kTimestamp:
    case Kind::kTimestampNtz:
      return std::make_shared<arrow::TimestampScalar>(value, delta::ToArrowType(type));
    default:
      return arrow::MakeScalar(value);
  }
}

Result<LiteralPlace> FloatingPlace(const predicate::Literal& literal, const delta::DataType& type) {
  const LiteralKind kind = literal.type.kind;
  if (!predicate::IsNumber(kind) && kind != LiteralKind::kString) {
    return NotComparable(literal, type);
  }
  const auto number = delta::ParseFloating(*literal.text, kind == LiteralKind::kFloat);
  if (!number) {
    return Fail(ErrorKind::kInvalidArgument, "the literal is no number that others compare with");
  }
  const auto scalar = arrow::MakeScalar(*number);
  return LiteralPlace{scalar, scalar, true};
}

/// What reads as a decimal number; of a floating one the shortest that stands for it.
std::optional<predicate::Literal> AsDecimal(const predicate::Literal& literal) {
  if (literal.type.kind == LiteralKind::kString) {
    return predicate::Literal{literal.text, {LiteralKind::kDecimal}};
  }
  if (!IsFloating(literal.type.kind)) return literal;
  const bool is_float = literal.type.kind == LiteralKind::kFloat;
  const auto number = delta::ParseFloating(*literal.text, is_float);
  if (!number) return std::nullopt;
  std::array<char, 64> text{};
  char* const end = text.data() + text.size();
  const auto written = is_float ? std::to_chars(text.data(), end, static_cast<float>(*number))
                                : std::to_chars(text.data(), end, *number);
  return predicate::Literal{std::string(text.data(), written.ptr), {LiteralKind::kDecimal}};
}

Result<LiteralPlace> DecimalPlace(const predicate::Literal& literal, const delta::DataType& type) {
  const auto exact = AsDecimal(literal);
  if (!exact) return NotComparable(literal, type);
  const auto range = delta::LiteralRange(type, *exact, kUtc);
  if (!range) return NotComparable(literal, type);
  return Between(
      std::get<Range<Int128>>(*range), DecimalLimits(type.precision), [&type](Int128 value) {
        const arrow::Decimal128 digits(static_cast<std::int64_t>(value >> 64),
                                       static_cast<std::uint64_t>(value));
        return std::make_shared<arrow::Decimal128Scalar>(digits, delta::ToArrowType(type));
      });
}

}  // namespace

std::shared_ptr<arrow::DataType> ComparedType(const delta::DataType& type) {
  return IsFloating(type.kind) ? arrow::float64() : delta::ToArrowType(type);
}

Result<LiteralPlace> PlaceOf(const predicate::Literal& literal, const delta::DataType& type) {
  if (IsFloating(type.kind)) return FloatingPlace(literal, type);
  if (type.kind == Kind::kDecimal) return DecimalPlace(literal, type);
  const auto range = delta::LiteralRange(type, literal, kUtc);
  if (!range) return NotComparable(literal, type);
  if (const auto* text = std::get_if<Range<std::string>>(&*range)) {
    const auto scalar = arrow::MakeScalar(text->lo);
    return LiteralPlace{scalar, scalar, true};
  }
  return Between(std::get<delta::IntegerRange>(*range), IntegerLimits(type.kind),
                 [&type](std::int64_t value) { return IntegerScalar(type, value); });
}

}  // namespace sluice::client
