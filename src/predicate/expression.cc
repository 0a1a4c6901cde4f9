#include "predicate/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::predicate {

/// The only one who fills an Expression in.
class ExpressionMaker {
 public:
  explicit ExpressionMaker(Expression::Kind kind) : made_(new Expression()) { made_->kind_ = kind; }

  ExpressionMaker& Value(bool value) {
    made_->value_ = value;
    return *this;
  }
  ExpressionMaker& Reason(std::string reason) {
    made_->reason_ = std::move(reason);
    made_->has_unknown_ = true;
    return *this;
  }
  ExpressionMaker& Children(std::vector<ExpressionPtr> children) {
    std::int64_t nodes = 1;
    for (const auto& child : children) {
      nodes += child->nodes_;
      made_->depth_ = std::max(made_->depth_, child->depth_ + 1);
      made_->has_unknown_ = made_->has_unknown_ || child->has_unknown_;
    }
    made_->nodes_ = static_cast<int>(std::min<std::int64_t>(nodes, Expression::kMaxNodes + 1));
    made_->children_ = std::move(children);
    return *this;
  }
  ExpressionMaker& Leaf(Column column, std::vector<Literal> literals = {}) {
    made_->column_ = std::move(column);
    const auto nodes = std::min<std::size_t>(literals.size() + 1, Expression::kMaxNodes + 1);
    made_->nodes_ = static_cast<int>(nodes);
    made_->literals_ = std::move(literals);
    return *this;
  }
  ExpressionMaker& Op(CompareOp op) {
    made_->op_ = op;
    return *this;
  }

  ExpressionPtr Make() {
    if (made_->depth_ > Expression::kMaxDepth) {
      return Unknown(fmt::format("nested deeper than {} levels", Expression::kMaxDepth));
    }
    if (made_->nodes_ > Expression::kMaxNodes) {
      return Unknown(fmt::format("more than {} parts", Expression::kMaxNodes));
    }
    return std::move(made_);
  }

 private:
  std::unique_ptr<Expression> made_;
};

namespace {

using Kind = Expression::Kind;

ExpressionPtr Junction(Kind kind, std::vector<ExpressionPtr> children) {
  std::vector<ExpressionPtr> merged;
  for (auto& child : children) {
    if (child->kind() == kind) {
      merged.insert(merged.end(), child->children().begin(), child->children().end());
    } else {
      merged.push_back(std::move(child));
    }
  }
  if (merged.empty()) return Constant(kind == Kind::kAnd);
  if (merged.size() == 1) return merged.front();
  return ExpressionMaker(kind).Children(std::move(merged)).Make();
}

}  // namespace

ExpressionPtr Constant(bool value) {
  return ExpressionMaker(Kind::kConstant).Value(value).Make();
}

ExpressionPtr Unknown(std::string reason) {
  return ExpressionMaker(Kind::kUnknown).Reason(std::move(reason)).Make();
}

ExpressionPtr And(std::vector<ExpressionPtr> children) {
  return Junction(Kind::kAnd, std::move(children));
}

ExpressionPtr Or(std::vector<ExpressionPtr> children) {
  return Junction(Kind::kOr, std::move(children));
}

ExpressionPtr Not(ExpressionPtr child) {
  return ExpressionMaker(Kind::kNot).Children({std::move(child)}).Make();
}

ExpressionPtr Compare(Column column, CompareOp op, Literal literal) {
  return ExpressionMaker(Kind::kCompare)
      .Leaf(std::move(column), {std::move(literal)})
      .Op(op)
      .Make();
}

ExpressionPtr In(Column column, std::vector<Literal> literals) {
  if (literals.empty()) return Constant(false);
  return ExpressionMaker(Kind::kIn).Leaf(std::move(column), std::move(literals)).Make();
}

ExpressionPtr IsNull(Column column) {
  return ExpressionMaker(Kind::kIsNull).Leaf(std::move(column)).Make();
}

ExpressionPtr HasPrefix(Column column, std::string prefix) {
  Literal literal{std::move(prefix), {ValueType::Kind::kString}};
  return ExpressionMaker(Kind::kPrefix).Leaf(std::move(column), {std::move(literal)}).Make();
}

bool Equal(const Expression& a, const Expression& b) {
  if (a.kind() != b.kind() || a.value() != b.value() || a.op() != b.op() ||
      a.column() != b.column() || a.literals() != b.literals() ||
      a.children().size() != b.children().size()) {
    return false;
  }
  return std::equal(a.children().begin(), a.children().end(), b.children().begin(),
                    [](const auto& x, const auto& y) { return Equal(*x, *y); });
}

std::vector<const Column*> ColumnsOf(const Expression& expression) {
  if (!expression.literals().empty() || expression.kind() == Kind::kIsNull) {
    return {&expression.column()};
  }
  std::vector<const Column*> columns;
  for (const auto& child : expression.children()) {
    const auto more = ColumnsOf(*child);
    columns.insert(columns.end(), more.begin(), more.end());
  }
  return columns;
}

std::vector<std::string> UnknownReasons(const Expression& expression) {
  if (expression.kind() == Kind::kUnknown) return {expression.reason()};
  std::vector<std::string> reasons;
  for (const auto& child : expression.children()) {
    if (!child->has_unknown()) continue;
    auto more = UnknownReasons(*child);
    std::move(more.begin(), more.end(), std::back_inserter(reasons));
  }
  return reasons;
}

CompareOp Mirrored(CompareOp op) {
  switch (op) {
    case CompareOp::kLess:
      return CompareOp::kGreater;
    case CompareOp::kLessOrEqual:
      return CompareOp::kGreaterOrEqual;
    case CompareOp::kGreater:
      return CompareOp::kLess;
    case CompareOp::kGreaterOrEqual:
      return CompareOp::kLessOrEqual;
    default:
      return op;
  }
}

}  // namespace sluice::predicate
