#include "delta/partition_bounds.h"

#include <arrow/scalar.h>
#include <fmt/format.h>

#include <cmath>

#include "delta/column_value.h"

namespace sluice::delta {
namespace {

using Kind = DataType::Kind;
using Form = ColumnBounds::Form;

template <typename Scalar>
auto ValueOf(const arrow::Scalar& scalar) {
  return static_cast<const Scalar&>(scalar).value;
}

std::optional<IntegerRange> FloatingRange(double value) {
  if (std::isnan(value)) return std::nullopt;
  return IntegerRange{FloatKey(value), FloatKey(value)};
}

std::optional<IntegerRange> IntegerOf(const arrow::Scalar& scalar, Kind kind) {
  const auto exactly = [](std::int64_t value) { return IntegerRange{value, value}; };
  switch (kind) {
    case Kind::kLong:
      return exactly(ValueOf<arrow::Int64Scalar>(scalar));
    case Kind::kInteger:
      return exactly(ValueOf<arrow::Int32Scalar>(scalar));
    case Kind::kShort:
      return exactly(ValueOf<arrow::Int16Scalar>(scalar));
    case Kind::kByte:
      return exactly(ValueOf<arrow::Int8Scalar>(scalar));
    case Kind::kBoolean:
      return exactly(ValueOf<arrow::BooleanScalar>(scalar) ? 1 : 0);
    case Kind::kDate:
      return exactly(ValueOf<arrow::Date32Scalar>(scalar));
    case Kind::kFloat:
      return FloatingRange(ValueOf<arrow::FloatScalar>(scalar));
    case Kind::kDouble:
      return FloatingRange(ValueOf<arrow::DoubleScalar>(scalar));
    default:
      return std::nullopt;
  }
}

/// Appends one dictionary entry after another.
class Builder {
 public:
  Builder(const PartitionColumn& column, std::int64_t rows)
      : column_(column), bounds_(UnknownBounds(FormOf(column.type, column.collated), rows)) {}

  void Append(const std::optional<std::string_view>& text) {
    const auto value = ParsePartitionValue(column_.type, text);
    const bool known = value && (*value)->is_valid;
    if (known) SetBit(&bounds_->can_be_null, row_, false);
    if (value && !known) SetBit(&bounds_->can_be_value, row_, false);
    switch (bounds_->form) {
      case Form::kNone:
        break;
      case Form::kInteger:
        if (known) SetInteger(**value, *text);
        break;
      case Form::kDecimal:
        if (known) SetDecimal(**value);
        break;
      case Form::kText:
        bounds_->text_min.Append(known ? *text : std::string_view());
        bounds_->text_max.Append(known ? *text : std::string_view(), !known);
        break;
    }
    ++row_;
  }

  ColumnBoundsPtr Finish() { return std::move(bounds_); }

 private:
  void SetInteger(const arrow::Scalar& scalar, std::string_view text) {
    const Kind kind = column_.type.kind;
    // What is cut in statistics is whole here.
    const auto range =
        kind == Kind::kTimestamp || kind == Kind::kTimestampNtz
            ? TimestampRange(text, kind == Kind::kTimestamp, {.utc = false, .exact = true})
            : IntegerOf(scalar, kind);
    if (!range) return;
    bounds_->min[static_cast<std::size_t>(row_)] = range->lo;
    bounds_->max[static_cast<std::size_t>(row_)] = range->hi;
  }

  void SetDecimal(const arrow::Scalar& scalar) {
    const auto value = ValueOf<arrow::Decimal128Scalar>(scalar);
    const Int128 digits = static_cast<Int128>(value.high_bits()) << 64 | value.low_bits();
    bounds_->wide_min[static_cast<std::size_t>(row_)] = digits;
    bounds_->wide_max[static_cast<std::size_t>(row_)] = digits;
  }

  const PartitionColumn& column_;
  std::shared_ptr<ColumnBounds> bounds_;
  std::int64_t row_ = 0;
};

}  // namespace

ColumnBoundsPtr PartitionBounds(const FileBatch& batch, const PartitionColumn& column) {
  BoundsCache& cache = *batch.bounds;
  std::string key =
      fmt::format("p{}/{}/{},{}{}", column.index, static_cast<int>(column.type.kind),
                  column.type.precision, column.type.scale, column.collated ? "c" : "");
  if (auto found = cache.Find(key)) return found;
  const std::lock_guard lock(cache.making());
  if (auto found = cache.Find(key)) return found;
  const auto& values = *batch.partition_values[column.index];
  const auto& dictionary = static_cast<const arrow::StringArray&>(*values.dictionary());
  Builder builder(column, dictionary.length());
  for (std::int64_t i = 0; i < dictionary.length(); ++i) {
    builder.Append(dictionary.IsNull(i) ? std::nullopt : std::optional(dictionary.GetView(i)));
  }
  auto bounds = builder.Finish();
  cache.Add(std::move(key), bounds);
  return bounds;
}

}  // namespace sluice::delta
