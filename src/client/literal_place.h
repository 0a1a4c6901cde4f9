// Where a literal lies among the values of a column.
#pragma once

#include <arrow/scalar.h>

#include <memory>

#include "base/result.h"
#include "delta/schema.h"
#include "predicate/expression.h"

namespace sluice::client {

/// The nearest values that a column can have, of the Arrow type that ComparedType names. Both are
/// the literal itself where the column can have it.
struct LiteralPlace {
  std::shared_ptr<arrow::Scalar> below;  ///< Null when all values are above the literal.
  std::shared_ptr<arrow::Scalar> above;  ///< Null when all are below it.
  bool exact = false;
};

/// The Arrow type in which the values of a column are compared: its own, but for floating numbers
/// double, which holds them all.
std::shared_ptr<arrow::DataType> ComparedType(const delta::DataType& type);

/// A literal that is not null, under the conversions that SQL makes before it compares; times
/// without a zone are in UTC. A floating number meets decimals as the shortest text that stands for
/// it. Errors: kInvalidArgument for one that cannot be compared exactly with values of `type`.
Result<LiteralPlace> PlaceOf(const predicate::Literal& literal, const delta::DataType& type);

}  // namespace sluice::client
