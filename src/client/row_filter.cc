#include "client/row_filter.h"

#include <arrow/array/util.h>
#include <arrow/compute/exec.h>
#include <fmt/format.h>

#include <utility>

#include "base/arrow_status.h"
#include "base/encoding.h"
#include "delta/column_path.h"
#include "predicate/sql_predicate.h"

namespace sluice::client {

struct RowFilter::Node {
  enum class Kind { kTrue, kFalse, kNull, kAnd, kOr, kNot, kCondition };
  Kind kind = Kind::kTrue;
  std::vector<Node> children;
  RowCondition condition;
};

namespace {

using Node = RowFilter::Node;
using predicate::CompareOp;
using predicate::Expression;

constexpr std::size_t kQuotedBytes = 200;
constexpr std::size_t kMaxNamedColumns = 50;

Node Make(Node::Kind kind, std::vector<Node> children = {}) {
  Node node;
  node.kind = kind;
  node.children = std::move(children);
  return node;
}

/// A condition as a message names it.
std::string Quoted(const Expression& expression) {
  return Printable(predicate::ToSql(expression), kQuotedBytes);
}

class Binder {
 public:
  explicit Binder(const std::vector<delta::Field>& fields) : fields_(fields) {}

  Result<Node> Bind(const Expression& expression) {
    using Kind = Expression::Kind;
    switch (expression.kind()) {
      case Kind::kConstant:
        return Make(expression.value() ? Node::Kind::kTrue : Node::Kind::kFalse);
      case Kind::kUnknown:
        return Fail(ErrorKind::kInvalidArgument, "filter: {}",
                    Printable(expression.reason(), kQuotedBytes));
      case Kind::kAnd:
        return BindAll(Node::Kind::kAnd, expression);
      case Kind::kOr:
        return BindAll(Node::Kind::kOr, expression);
      case Kind::kNot:
        return BindAll(Node::Kind::kNot, expression);
      case Kind::kCompare:
        return BindCompare(expression);
      case Kind::kIn:
      case Kind::kIsNull:
      case Kind::kPrefix:
        return BindCondition(expression);
    }
    return Fail(ErrorKind::kInternal, "filter: no such kind of node");
  }

 private:
  Result<Node> BindAll(Node::Kind kind, const Expression& expression) {
    std::vector<Node> children;
    children.reserve(expression.children().size());
    for (const auto& child : expression.children()) {
      SLUICE_TRY(children.emplace_back(), Bind(*child));
    }
    return Make(kind, std::move(children));
  }

  Result<Node> BindCompare(const Expression& expression) {
    const predicate::Column& column = expression.column();
    const predicate::Literal& literal = expression.literals().front();
    const bool null_safe = expression.op() == CompareOp::kNullSafeEqual;
    if (!literal.text) {
      if (null_safe) return BindCondition(*predicate::IsNull(column));
      SLUICE_RETURN_IF_ERROR(Find(expression));
      return Make(Node::Kind::kNull);
    }
    if (null_safe) {
      return Bind(
          *predicate::And({predicate::Compare(column, CompareOp::kEqual, literal),
                           predicate::Not(predicate::IsNull({column.path, std::nullopt}))}));
    }
    if (expression.op() == CompareOp::kNotEqual) {
      return Bind(*predicate::Not(predicate::Compare(column, CompareOp::kEqual, literal)));
    }
    return BindCondition(expression);
  }

  Result<Node> BindCondition(const Expression& expression) {
    SLUICE_TRY(const auto path, Find(expression));
    ColumnPlace place;
    place.column = static_cast<std::size_t>(path.front() - fields_.data());
    for (std::size_t i = 1; i < path.size(); ++i) {
      place.children.push_back(static_cast<int>(path[i] - path[i - 1]->type->fields.data()));
    }
    Node node = Make(Node::Kind::kCondition);
    auto condition = RowCondition::Make(expression, *path.back(), std::move(place));
    if (!condition) {
      return Fail(condition.error().kind, "filter: {}: {}", Quoted(expression),
                  condition.error().message);
    }
    node.condition = *std::move(condition);
    return node;
  }

  /// The fields from the top to the column.
  Result<std::vector<const delta::Field*>> Find(const Expression& expression) {
    auto path = delta::FindColumnPath(fields_, expression.column());
    if (path.empty()) {
      return Fail(ErrorKind::kInvalidArgument, "filter: {}: no such column; there are {}",
                  Quoted(expression), Names());
    }
    return path;
  }

  std::string Names() const {
    std::string names;
    for (std::size_t i = 0; i < fields_.size() && i < kMaxNamedColumns; ++i) {
      names += (i > 0 ? ", " : "") + fields_[i].name;
    }
    if (fields_.size() > kMaxNamedColumns) names += ", …";
    return names;
  }

  const std::vector<delta::Field>& fields_;
};

Result<arrow::Datum> Evaluate(const Node& node, const arrow::ArrayVector& columns);

Result<arrow::Datum> Join(const char* function, const Node& node,
                          const arrow::ArrayVector& columns) {
  SLUICE_TRY(arrow::Datum truth, Evaluate(node.children.front(), columns));
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    SLUICE_TRY(const arrow::Datum more, Evaluate(node.children[i], columns));
    SLUICE_TRY(truth, FromArrow(arrow::compute::CallFunction(function, {truth, more}), "filter"));
  }
  return truth;
}

Result<arrow::Datum> Evaluate(const Node& node, const arrow::ArrayVector& columns) {
  switch (node.kind) {
    case Node::Kind::kTrue:
    case Node::Kind::kFalse:
      return arrow::Datum(arrow::MakeScalar(node.kind == Node::Kind::kTrue));
    case Node::Kind::kNull:
      return arrow::Datum(arrow::MakeNullScalar(arrow::boolean()));
    case Node::Kind::kAnd:
      return Join("and_kleene", node, columns);
    case Node::Kind::kOr:
      return Join("or_kleene", node, columns);
    case Node::Kind::kNot: {
      SLUICE_TRY(const arrow::Datum truth, Evaluate(node.children.front(), columns));
      return FromArrow(arrow::compute::CallFunction("invert", {truth}), "filter");
    }
    case Node::Kind::kCondition:
      return node.condition.Evaluate(columns);
  }
  return Fail(ErrorKind::kInternal, "filter: no such kind of node");
}

}  // namespace

Result<std::shared_ptr<const RowFilter>> RowFilter::Bind(const Expression& predicate,
                                                         const std::vector<delta::Field>& fields) {
  Binder binder(fields);
  SLUICE_TRY(Node root, binder.Bind(predicate));
  auto filter = std::make_shared<RowFilter>();
  filter->root_ = std::make_shared<const Node>(std::move(root));
  return filter;
}

Result<std::shared_ptr<arrow::BooleanArray>> RowFilter::Matches(const arrow::ArrayVector& columns,
                                                                std::int64_t rows) const {
  SLUICE_TRY(arrow::Datum truth, Evaluate(*root_, columns));
  SLUICE_TRY(truth, FromArrow(arrow::compute::CallFunction(
                                  "coalesce", {truth, arrow::Datum(arrow::MakeScalar(false))}),
                              "filter"));
  if (truth.is_scalar()) {
    SLUICE_TRY(auto all, FromArrow(arrow::MakeArrayFromScalar(*truth.scalar(), rows), "filter"));
    return std::static_pointer_cast<arrow::BooleanArray>(std::move(all));
  }
  return truth.array_as<arrow::BooleanArray>();
}

}  // namespace sluice::client
