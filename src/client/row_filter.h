// RowFilter: which rows of a batch a predicate is true for, exactly.
#pragma once

#include <arrow/array.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "client/row_condition.h"
#include "delta/schema.h"
#include "predicate/expression.h"

namespace sluice::client {

/// A predicate bound to columns. SQL's three-valued logic: a row for which it is null is not kept.
/// Values compare as Spark's do: texts by their bytes, times without a zone as times in UTC, NaN
/// as equal to itself and greater than all other numbers. Immutable and thread-safe.
class RowFilter {
 public:
  /// Errors: kInvalidArgument for a column that is not there and for a predicate with an Unknown;
  /// kUnsupported for a condition that cannot be evaluated. Each names the condition.
  static Result<std::shared_ptr<const RowFilter>> Bind(const predicate::Expression& predicate,
                                                       const std::vector<delta::Field>& fields);

  /// `columns` has one array of `rows` values a field, in the fields' Arrow types; those that the
  /// predicate does not name may be null. The result has no nulls.
  Result<std::shared_ptr<arrow::BooleanArray>> Matches(const arrow::ArrayVector& columns,
                                                       std::int64_t rows) const;

  struct Node;  ///< Of the implementation.

 private:
  std::shared_ptr<const Node> root_;
};

}  // namespace sluice::client
