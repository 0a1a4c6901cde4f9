// "Partition Value Serialization" of the format, declared in schema.h.
#include <arrow/scalar.h>
#include <arrow/util/decimal.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "base/ascii.h"
#include "delta/schema.h"
#include "delta/time_text.h"

namespace sluice::delta {
namespace {

using ScalarPtr = std::shared_ptr<arrow::Scalar>;

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

Result<ScalarPtr> DateScalar(std::string_view text) {
  const auto days = ParseDate(text);
  if (!days) return Bad(text, "date");
  return std::make_shared<arrow::Date32Scalar>(*days);
}

/// A text without an offset means UTC, since the zone of its writer is not known.
Result<ScalarPtr> TimestampScalar(const DataType& type, std::string_view text) {
  const bool zoned = type.kind == DataType::Kind::kTimestamp;
  const auto time = ParseTimestampText(text);
  std::int64_t micros = 0;
  if (!time ||
      __builtin_sub_overflow(time->local_micros, zoned ? time->offset_micros : 0, &micros)) {
    return Bad(text, zoned ? "timestamp" : "timestamp_ntz");
  }
  return std::make_shared<arrow::TimestampScalar>(micros, ToArrowType(type));
}

Result<ScalarPtr> BooleanScalar(std::string_view text) {
  if (EqualsIgnoreCase(text, "true")) return std::make_shared<arrow::BooleanScalar>(true);
  if (EqualsIgnoreCase(text, "false")) return std::make_shared<arrow::BooleanScalar>(false);
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
