// The writing side of json_predicate.h.
#include <boost/json.hpp>

#include "predicate/json_predicate.h"

namespace sluice::predicate {
namespace {

namespace json = boost::json;
using Kind = Expression::Kind;

using MaybeNode = std::optional<json::value>;

json::value Node(std::string_view op, json::array children) {
  return json::object{{"op", op}, {"children", std::move(children)}};
}

/// Whether a literal means the same when it is said to be of `type`.
bool ReadsAs(const Literal& literal, const ValueType& type) {
  using K = ValueType::Kind;
  if (literal.type == type) return true;
  if (IsInteger(literal.type.kind)) return IsInteger(type.kind) || type.kind == K::kDouble;
  if (literal.type.kind == K::kDecimal) return type.kind == K::kDouble;
  return literal.type.kind == K::kString && type.kind == K::kDate;
}

/// Writes `expression` or, where `negated`, its negation, each time as something that is true for
/// at least the same rows. Negations are pushed to the leaves, so that widening is sound below
/// them.
class HintWriter {
 public:
  explicit HintWriter(const ColumnTypes& types) : types_(types) {}

  MaybeNode Write(const Expression& expression, bool negated) const {
    switch (expression.kind()) {
      case Kind::kConstant:
        return json::object{{"op", "literal"},
                            {"value", expression.value() != negated ? "true" : "false"},
                            {"valueType", "bool"}};
      case Kind::kUnknown:
      case Kind::kIsNull:  // Wrong in servers that have statistics for null.
        return std::nullopt;
      case Kind::kNot:
        return Write(*expression.children().front(), !negated);
      case Kind::kAnd:
      case Kind::kOr:
        return Junction(expression, negated);
      case Kind::kCompare:
        return Comparison(expression.column(), expression.op(), expression.literals().front(),
                          negated);
      case Kind::kIn:
        return InList(expression, negated);
      case Kind::kPrefix:
        return Prefix(expression, negated);
    }
    return std::nullopt;
  }

 private:
  static MaybeNode Join(json::array parts, bool is_and) {
    if (parts.empty()) return std::nullopt;
    if (parts.size() == 1) return parts.front();
    return Node(is_and ? "and" : "or", std::move(parts));
  }

  MaybeNode Junction(const Expression& expression, bool negated) const {
    const bool is_and = (expression.kind() == Kind::kAnd) != negated;
    json::array parts;
    for (const auto& child : expression.children()) {
      auto part = Write(*child, negated);
      if (part) {
        parts.push_back(*std::move(part));
      } else if (!is_and) {
        return std::nullopt;
      }
    }
    return Join(std::move(parts), is_and);
  }

  /// Both sides carry one type. Other servers know top-level columns only, and give up on all of a
  /// predicate that names others.
  MaybeNode Pair(std::string_view op, const Column& column, const Literal& literal) const {
    std::optional<ValueType> type = column.cast;
    if (!type) type = types_ ? types_(column) : literal.type;
    if (column.path.size() != 1 || !type || !literal.text || !ReadsAs(literal, *type)) {
      return std::nullopt;
    }
    const auto name = JsonTypeName(*type);
    if (name.empty()) return std::nullopt;
    return Node(op,
                {json::object{{"op", "column"}, {"name", column.path.front()}, {"valueType", name}},
                 json::object{{"op", "literal"}, {"value", *literal.text}, {"valueType", name}}});
  }

  MaybeNode Unequal(const Column& column, const Literal& literal) const {
    // Not as `not equal`, of which some servers take "may be equal" for "is equal".
    auto less = Pair("lessThan", column, literal);
    auto greater = Pair("greaterThan", column, literal);
    if (!less || !greater) return std::nullopt;
    return Node("or", {*std::move(less), *std::move(greater)});
  }

  MaybeNode Comparison(const Column& column, CompareOp op, const Literal& literal,
                       bool negated) const {
    switch (op) {
      case CompareOp::kEqual:
        return negated ? Unequal(column, literal) : Pair("equal", column, literal);
      case CompareOp::kNotEqual:
        return negated ? Pair("equal", column, literal) : Unequal(column, literal);
      case CompareOp::kLess:
        return Pair(negated ? "greaterThanOrEqual" : "lessThan", column, literal);
      case CompareOp::kLessOrEqual:
        return Pair(negated ? "greaterThan" : "lessThanOrEqual", column, literal);
      case CompareOp::kGreater:
        return Pair(negated ? "lessThanOrEqual" : "greaterThan", column, literal);
      case CompareOp::kGreaterOrEqual:
        return Pair(negated ? "lessThan" : "greaterThanOrEqual", column, literal);
      case CompareOp::kNullSafeEqual:
        // Its negation is true for null too, which no other comparison is.
        return negated ? std::nullopt : Pair("equal", column, literal);
    }
    return std::nullopt;
  }

  MaybeNode InList(const Expression& expression, bool negated) const {
    json::array parts;
    for (const Literal& literal : expression.literals()) {
      if (!literal.text) continue;  // Equal to nothing.
      auto part = Comparison(expression.column(), CompareOp::kEqual, literal, negated);
      if (part) {
        parts.push_back(*std::move(part));
      } else if (!negated) {
        return std::nullopt;
      }
    }
    return Join(std::move(parts), negated);
  }

  /// All texts with a prefix are at or behind it. Where they end has no text of its own.
  MaybeNode Prefix(const Expression& expression, bool negated) const {
    if (negated) return std::nullopt;
    return Pair("greaterThanOrEqual", expression.column(), expression.literals().front());
  }

  const ColumnTypes& types_;
};

}  // namespace

std::optional<std::string> ToJsonHint(const Expression& expression, const ColumnTypes& types) {
  const auto node = HintWriter(types).Write(expression, false);
  if (!node) return std::nullopt;
  return json::serialize(*node);
}

}  // namespace sluice::predicate
