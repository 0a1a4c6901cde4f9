#include "client/row_condition.h"

#include <arrow/array/builder_base.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/exec.h>

#include <utility>

#include "base/arrow_status.h"
#include "client/literal_place.h"

namespace sluice::client {
namespace {

namespace compute = arrow::compute;
using Kind = delta::DataType::Kind;
using predicate::CompareOp;
using predicate::Expression;

constexpr delta::TimestampSense kUtc{.utc = true, .exact = true};

Result<arrow::Datum> Call(const char* function, const std::vector<arrow::Datum>& arguments,
                          const compute::FunctionOptions* options = nullptr) {
  return FromArrow(compute::CallFunction(function, arguments, options), "filter");
}

arrow::Datum NullOfBoolean() {
  return {arrow::MakeNullScalar(arrow::boolean())};
}

/// Null where the column is null.
Result<arrow::Datum> ButForNulls(const arrow::Datum& column, const arrow::Datum& truth) {
  if (column.null_count() == 0 && truth.is_array()) return truth;
  SLUICE_TRY(const auto valid, Call("is_valid", {column}));
  return Call("if_else", {valid, truth, NullOfBoolean()});
}

bool IsFloating(Kind kind) {
  return kind == Kind::kFloat || kind == Kind::kDouble;
}

bool IsNested(Kind kind) {
  return kind == Kind::kStruct || kind == Kind::kArray || kind == Kind::kMap ||
         kind == Kind::kVariant;
}

}  // namespace

Result<RowCondition> RowCondition::Make(const Expression& expression, const delta::Field& field,
                                        ColumnPlace place) {
  RowCondition condition;
  condition.place_ = std::move(place);
  SLUICE_RETURN_IF_ERROR(condition.SetTest(expression, field));
  return condition;
}

Status RowCondition::SetTest(const Expression& expression, const delta::Field& field) {
  const delta::DataType& native = *field.type;
  const auto& cast = expression.column().cast;
  if (expression.kind() == Expression::Kind::kIsNull) {
    if (delta::KeepsNulls(native, cast)) return {};
    return Fail(ErrorKind::kUnsupported, "the cast may make nulls");
  }
  if (IsNested(native.kind)) {
    return Fail(ErrorKind::kUnsupported, "a column of nested values is not compared");
  }
  if (field.collated) {
    return Fail(ErrorKind::kUnsupported, "the column's texts are compared by a collation");
  }
  const auto comparand = delta::CastColumn(native, cast, kUtc);
  if (!comparand || comparand->from_text) {
    return Fail(ErrorKind::kUnsupported, "the column is not cast so");
  }
  type_ = comparand->type;
  transform_ = comparand->transform;
  switch (expression.kind()) {
    case Expression::Kind::kIn:
      return List(expression.literals());
    case Expression::Kind::kPrefix:
      if (type_.kind != Kind::kString) {
        return Fail(ErrorKind::kUnsupported, "only texts begin with a text");
      }
      test_ = Test::kPrefix;
      prefix_ = *expression.literals().front().text;
      return {};
    default:
      return Compare(expression.op(), expression.literals().front());
  }
}

void RowCondition::SetBound(Test test, std::shared_ptr<arrow::Scalar> bound) {
  test_ = bound == nullptr ? Test::kNever : test;
  value_ = std::move(bound);
}

Status RowCondition::Compare(CompareOp op, const predicate::Literal& literal) {
  SLUICE_TRY(const LiteralPlace place, PlaceOf(literal, type_));
  switch (op) {
    case CompareOp::kLess:
      SetBound(place.exact ? Test::kLess : Test::kLessOrEqual, place.below);
      return {};
    case CompareOp::kLessOrEqual:
      SetBound(Test::kLessOrEqual, place.below);
      return {};
    case CompareOp::kGreater:
      SetBound(place.exact ? Test::kGreater : Test::kGreaterOrEqual, place.above);
      return {};
    case CompareOp::kGreaterOrEqual:
      SetBound(Test::kGreaterOrEqual, place.above);
      return {};
    default:
      SetBound(Test::kEqual, place.exact ? place.below : nullptr);
      return {};
  }
}

Status RowCondition::List(const std::vector<predicate::Literal>& literals) {
  test_ = Test::kIsIn;
  std::vector<std::shared_ptr<arrow::Scalar>> values;
  for (const auto& literal : literals) {
    null_in_list_ = null_in_list_ || !literal.text;
    if (!literal.text) continue;
    SLUICE_TRY(LiteralPlace place, PlaceOf(literal, type_));
    if (!place.exact) continue;
    const auto* number = dynamic_cast<const arrow::DoubleScalar*>(place.below.get());
    // One value to SQL, two to a look-up by bits.
    if (number != nullptr && number->value == 0) {
      values.push_back(arrow::MakeScalar(-number->value));
    }
    values.push_back(std::move(place.below));
  }
  SLUICE_TRY(const auto builder, FromArrow(arrow::MakeBuilder(ComparedType(type_)), "filter"));
  SLUICE_RETURN_IF_ARROW(builder->AppendScalars(values), "filter");
  SLUICE_TRY(values_, FromArrow(builder->Finish(), "filter"));
  return {};
}

Result<arrow::Datum> RowCondition::Column(const arrow::ArrayVector& columns) const {
  std::shared_ptr<arrow::Array> column = columns.at(place_.column);
  for (const int child : place_.children) {
    SLUICE_TRY(column,
               FromArrow(static_cast<const arrow::StructArray&>(*column).GetFlattenedField(child),
                         "filter"));
  }
  if (test_ == Test::kIsNull) return arrow::Datum(std::move(column));
  return Transformed(std::move(column));
}

Result<arrow::Datum> RowCondition::Transformed(std::shared_ptr<arrow::Array> column) const {
  const auto to = [](const arrow::Datum& values, const std::shared_ptr<arrow::DataType>& type) {
    return FromArrow(compute::Cast(values, compute::CastOptions::Unsafe(type)), "filter");
  };
  switch (transform_) {
    case delta::Transform::kIntegerToFloat:
    case delta::Transform::kDoubleToFloat: {
      SLUICE_TRY(const auto rounded, to(column, arrow::float32()));
      return to(rounded, arrow::float64());
    }
    case delta::Transform::kMicrosToDay:
    case delta::Transform::kMicrosToDayAnywhere: {
      // As local times, which are those in UTC: no data base of zones is asked.
      auto data = column->data()->Copy();
      data->type = arrow::timestamp(arrow::TimeUnit::MICRO);
      return to(arrow::Datum(std::move(data)), arrow::date32());
    }
    case delta::Transform::kNone:
    case delta::Transform::kIntegerToDouble:
      break;
  }
  if (IsFloating(type_.kind)) return to(column, arrow::float64());
  return arrow::Datum(std::move(column));
}

Result<arrow::Datum> RowCondition::Ordered(const char* function, const arrow::Datum& column) const {
  SLUICE_TRY(auto truth, Call(function, {column, arrow::Datum(value_)}));
  const bool greater = test_ == Test::kGreater || test_ == Test::kGreaterOrEqual;
  if (!greater || !IsFloating(type_.kind)) return truth;
  SLUICE_TRY(const auto nan, Call("is_nan", {column}));
  return Call("or", {truth, nan});
}

Result<arrow::Datum> RowCondition::InList(const arrow::Datum& column) const {
  const compute::SetLookupOptions options(values_);
  SLUICE_TRY(auto truth, Call("is_in", {column}, &options));
  // Not being among the others is not known to be false.
  if (null_in_list_) return Call("or_kleene", {truth, NullOfBoolean()});
  return ButForNulls(column, truth);
}

Result<arrow::Datum> RowCondition::Evaluate(const arrow::ArrayVector& columns) const {
  SLUICE_TRY(const arrow::Datum column, Column(columns));
  switch (test_) {
    case Test::kIsNull:
      return Call("is_null", {column});
    case Test::kEqual:
      return Ordered("equal", column);
    case Test::kLess:
      return Ordered("less", column);
    case Test::kLessOrEqual:
      return Ordered("less_equal", column);
    case Test::kGreater:
      return Ordered("greater", column);
    case Test::kGreaterOrEqual:
      return Ordered("greater_equal", column);
    case Test::kIsIn:
      return InList(column);
    case Test::kPrefix: {
      const compute::MatchSubstringOptions options(prefix_);
      return Call("starts_with", {column}, &options);
    }
    case Test::kNever:
      return ButForNulls(column, arrow::Datum(arrow::MakeScalar(false)));
  }
  return Fail(ErrorKind::kInternal, "filter: no such test");
}

}  // namespace sluice::client
