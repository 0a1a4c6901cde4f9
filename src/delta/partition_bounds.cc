#include "delta/partition_bounds.h"

#include <arrow/scalar.h>
#include <fmt/format.h>

#include <cmath>

#include "delta/column_value.h"

namespace sluice::delta {
namespace {

using Kind = DataType::Kind;
using Form = ColumnBounds::Form;

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr Int128 kWideMost = static_cast<Int128>(~static_cast<unsigned __int128>(0) >> 1);

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
      : column_(column), bounds_(std::make_shared<ColumnBounds>()) {
    bounds_->form = column.collated ? Form::kNone : FormOf(column.type);
    bounds_->num_rows = rows;
    bounds_->can_be_null.assign(BitWords(rows), ~std::uint64_t{0});
    bounds_->can_be_value.assign(BitWords(rows), ~std::uint64_t{0});
  }

  void Append(const std::optional<std::string_view>& text) {
    const auto value = ParsePartitionValue(column_.type, text);
    const bool known = value && (*value)->is_valid;
    if (known) SetBit(&bounds_->can_be_null, row_, false);
    if (value && !known) SetBit(&bounds_->can_be_value, row_, false);
    const arrow::Scalar* scalar = known ? value->get() : nullptr;
    switch (bounds_->form) {
      case Form::kNone:
        break;
      case Form::kInteger:
        AppendInteger(scalar, text);
        break;
      case Form::kDecimal:
        AppendDecimal(scalar);
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
  void AppendInteger(const arrow::Scalar* scalar, const std::optional<std::string_view>& text) {
    std::optional<IntegerRange> range;
    const Kind kind = column_.type.kind;
    if (scalar != nullptr && (kind == Kind::kTimestamp || kind == Kind::kTimestampNtz)) {
      // What is cut in statistics is whole here.
      range = TimestampRange(*text, kind == Kind::kTimestamp, {.utc = false, .exact = true});
    } else if (scalar != nullptr) {
      range = IntegerOf(*scalar, kind);
    }
    bounds_->min.push_back(range ? range->lo : kLeast);
    bounds_->max.push_back(range ? range->hi : kMost);
  }

  void AppendDecimal(const arrow::Scalar* scalar) {
    if (scalar == nullptr) {
      bounds_->wide_min.push_back(-kWideMost - 1);
      bounds_->wide_max.push_back(kWideMost);
      return;
    }
    const auto value = ValueOf<arrow::Decimal128Scalar>(*scalar);
    const Int128 digits = static_cast<Int128>(value.high_bits()) << 64 | value.low_bits();
    bounds_->wide_min.push_back(digits);
    bounds_->wide_max.push_back(digits);
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
