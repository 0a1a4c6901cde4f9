// Predicates as the protocol's JSON ("JSON predicates for Filtering" of its PROTOCOL.md).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "predicate/expression.h"

namespace sluice::predicate {

inline constexpr std::size_t kMaxJsonBytes = std::size_t{1} << 20;

/// The text of `jsonPredicateHints`. Never fails: what is not understood becomes an Unknown in its
/// place, with a reason. Blank text is true. A column is cast to its `valueType`, as the protocol
/// has it; its name is one name, whatever characters it has.
/// Beyond the protocol: the ops `notEqual`, `nullSafeEqual`, `in` (a column, then literals) and
/// `startsWith`; SQL's type names; literals whose `value` is a number, a boolean or null; a comma
/// after the last child.
ExpressionPtr ParseJsonPredicate(std::string_view text);

/// The type of a table's column, for whoever knows the schema; nullopt for one that is not there.
using ColumnTypes = std::function<std::optional<ValueType>(const Column&)>;

/// The same predicate for any server: only with ops that every known server evaluates rightly
/// (comparisons, `and`, `or`), in the protocol's types. Else it is widened: what comes out is true
/// for every row for which `expression` is, and perhaps for more. Nullopt when nothing is left.
/// `types` may be null; then a column is taken to have the type of what it is compared with.
std::optional<std::string> ToJsonHint(const Expression& expression, const ColumnTypes& types);

}  // namespace sluice::predicate
