// The types that literals and casts of a predicate name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::predicate {

struct ValueType {
  enum class Kind {
    kBoolean,
    kByte,
    kShort,
    kInt,
    kLong,
    kFloat,
    kDouble,
    kDecimal,
    kString,
    kBinary,
    kDate,
    kTimestamp,
    kTimestampNtz
  };
  Kind kind = Kind::kString;
  int precision = 0, scale = 0;  ///< kDecimal; precision 0: as the literal's digits say.

  bool operator==(const ValueType&) const = default;
};

/// Byte to long; and those together with float, double and decimal.
bool IsInteger(ValueType::Kind kind);
bool IsNumber(ValueType::Kind kind);

/// In SQL: "int", "decimal(10,2)", "timestamp_ntz".
std::string SqlTypeName(const ValueType& type);
/// Any of Spark's names for the type, without regard to case; nullopt for another.
std::optional<ValueType> ParseSqlTypeName(std::string_view name);

/// The protocol's `valueType`; empty for a type that the protocol does not have.
std::string_view JsonTypeName(const ValueType& type);
/// The protocol's eight types and, beyond them, SQL's names; nullopt for another.
std::optional<ValueType> ParseJsonTypeName(std::string_view name);

}  // namespace sluice::predicate
