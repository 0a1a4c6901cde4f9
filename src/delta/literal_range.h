// From the literals and casts of a predicate to ranges in a column's form.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "delta/column_value.h"
#include "predicate/expression.h"

namespace sluice::delta {

using ValueRange = std::variant<IntegerRange, Range<Int128>, Range<std::string>>;

/// Where in a column of type `type` a literal that is not null lies, under the conversions that SQL
/// makes before it compares. A literal between two values of the column lies from the one to the
/// other. Nullopt where that cannot be told.
std::optional<ValueRange> LiteralRange(const DataType& type, const predicate::Literal& literal,
                                       TimestampSense sense);

/// What is done with a column's bounds before they are compared.
enum class Transform {
  kNone,
  kIntegerToDouble,
  kIntegerToFloat,
  kDoubleToFloat,
  kMicrosToDay,         ///< Of the day in UTC.
  kMicrosToDayAnywhere  ///< Of the day in any zone.
};

/// A column as a predicate looks at it.
struct Comparand {
  DataType type;  ///< Of what is compared.
  Transform transform = Transform::kNone;
  bool from_text = false;  ///< Texts are read as values of `type`.
};

/// A column of type `native` after a cast that keeps the order of its values. Nullopt for another.
std::optional<Comparand> CastColumn(const DataType& native,
                                    const std::optional<predicate::ValueType>& cast,
                                    TimestampSense sense);

/// Whether a cast makes null of nothing but null.
bool KeepsNulls(const DataType& native, const std::optional<predicate::ValueType>& cast);

}  // namespace sluice::delta
