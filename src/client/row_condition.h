// RowCondition: one condition of a RowFilter, on one column.
#pragma once

#include <arrow/array.h>
#include <arrow/datum.h>
#include <arrow/scalar.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "delta/literal_range.h"
#include "delta/schema.h"
#include "predicate/expression.h"

namespace sluice::client {

/// Where a column is.
struct ColumnPlace {
  std::size_t column = 0;     ///< The top-level one.
  std::vector<int> children;  ///< From there down, as indexes of struct fields.
};

/// Immutable and thread-safe.
class RowCondition {
 public:
  RowCondition() = default;

  /// Of a kCompare (neither kNotEqual nor kNullSafeEqual, of no null), kIn, kPrefix or kIsNull on
  /// `field`, which is at `place`. Errors: kUnsupported saying what stands against it.
  static Result<RowCondition> Make(const predicate::Expression& expression,
                                   const delta::Field& field, ColumnPlace place);

  /// True, false or null for each row; `columns` as of RowFilter::Matches.
  Result<arrow::Datum> Evaluate(const arrow::ArrayVector& columns) const;

 private:
  enum class Test {
    kIsNull,
    kEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kIsIn,
    kPrefix,
    kNever,  ///< But for nulls.
  };

  Status SetTest(const predicate::Expression& expression, const delta::Field& field);
  Status Compare(predicate::CompareOp op, const predicate::Literal& literal);
  Status List(const std::vector<predicate::Literal>& literals);
  void SetBound(Test test, std::shared_ptr<arrow::Scalar> bound);
  Result<arrow::Datum> Column(const arrow::ArrayVector& columns) const;
  Result<arrow::Datum> Transformed(std::shared_ptr<arrow::Array> column) const;
  Result<arrow::Datum> Ordered(const char* function, const arrow::Datum& column) const;
  Result<arrow::Datum> InList(const arrow::Datum& column) const;

  ColumnPlace place_;
  delta::DataType type_;  ///< In which values are compared.
  delta::Transform transform_ = delta::Transform::kNone;
  Test test_ = Test::kIsNull;
  std::shared_ptr<arrow::Scalar> value_;  ///< Of a comparison.
  std::shared_ptr<arrow::Array> values_;  ///< Of kIsIn.
  std::string prefix_;
  bool null_in_list_ = false;
};

}  // namespace sluice::client
