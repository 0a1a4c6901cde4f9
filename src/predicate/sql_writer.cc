// The writing side of sql_predicate.h.
#include <fmt/format.h>

#include "predicate/sql_literal.h"
#include "predicate/sql_predicate.h"

namespace sluice::predicate {
namespace {

using Kind = Expression::Kind;

std::string ToSql(const Column& column) {
  std::string text;
  for (const std::string& name : column.path) {
    if (!text.empty()) text.push_back('.');
    text.push_back('`');
    for (const char c : name) text.append(c == '`' ? 2 : 1, c);
    text.push_back('`');
  }
  if (!column.cast) return text;
  return fmt::format("CAST({} AS {})", text, SqlTypeName(*column.cast));
}

std::string_view Symbol(CompareOp op) {
  switch (op) {
    case CompareOp::kEqual:
      return "=";
    case CompareOp::kNullSafeEqual:
      return "<=>";
    case CompareOp::kNotEqual:
      return "<>";
    case CompareOp::kLess:
      return "<";
    case CompareOp::kLessOrEqual:
      return "<=";
    case CompareOp::kGreater:
      return ">";
    case CompareOp::kGreaterOrEqual:
      return ">=";
  }
  return "=";
}

std::string Joined(const Expression& expression, std::string_view word) {
  std::string text = "(";
  for (const auto& child : expression.children()) {
    if (text.size() > 1) text.append(word);
    text.append(ToSql(*child));
  }
  text.push_back(')');
  return text;
}

}  // namespace

std::string ToSql(const Expression& expression) {
  switch (expression.kind()) {
    case Kind::kConstant:
      return expression.value() ? "true" : "false";
    case Kind::kUnknown:
      return fmt::format("unknown({})", QuoteSql(expression.reason()));
    case Kind::kAnd:
      return Joined(expression, " AND ");
    case Kind::kOr:
      return Joined(expression, " OR ");
    case Kind::kNot:
      return fmt::format("(NOT {})", ToSql(*expression.children().front()));
    case Kind::kCompare:
      return fmt::format("{} {} {}", ToSql(expression.column()), Symbol(expression.op()),
                         ToSql(expression.literals().front()));
    case Kind::kIsNull:
      return fmt::format("{} IS NULL", ToSql(expression.column()));
    case Kind::kPrefix:
      return fmt::format("startswith({}, {})", ToSql(expression.column()),
                         ToSql(expression.literals().front()));
    case Kind::kIn:
      break;
  }
  std::string text = ToSql(expression.column()) + " IN (";
  for (std::size_t i = 0; i < expression.literals().size(); ++i) {
    if (i > 0) text.append(", ");
    text.append(ToSql(expression.literals()[i]));
  }
  return text + ")";
}

}  // namespace sluice::predicate
