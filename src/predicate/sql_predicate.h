// Predicates as SQL: the boolean expressions of Spark, as far as they compare columns with
// constants.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "predicate/expression.h"

namespace sluice::predicate {

inline constexpr std::size_t kMaxSqlBytes = std::size_t{1} << 20;

/// One hint of `predicateHints`. Never fails: what is not understood becomes an Unknown in its
/// place (a function call), or the whole text does (a syntax error), with a reason. Blank text is
/// true. Understood are comparisons of a column with a literal, either way round, AND, OR, NOT,
/// [NOT] IN, [NOT] BETWEEN, [NOT] LIKE, IS [NOT] NULL, TRUE, FALSE and DISTINCT FROM, <=>, CAST(…
/// AS type) and
/// `::`, startswith(); literals of every type; names with dots and backquotes.
ExpressionPtr ParseSqlPredicate(std::string_view text);

/// What is known of a recipient, by key.
using Properties = std::map<std::string, std::string>;

/// A filter that decides what a recipient sees. As a hint, but all of it has to be understood, and
/// current_recipient('key') is a string: the property of that key. A filter that names a property
/// which is not there is false, whatever else it says. Errors: kMalformed for blank text and for
/// what a hint would pass over, with the reason.
Result<ExpressionPtr> ParseRowFilter(std::string_view text, const Properties& properties);

/// SQL that ParseSqlPredicate turns into an equal tree. An Unknown is written as unknown('reason').
std::string ToSql(const Expression& expression);

}  // namespace sluice::predicate
