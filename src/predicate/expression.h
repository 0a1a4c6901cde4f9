// A predicate on the rows of a table: an immutable tree, the same for hints that skip files and for
// filters of rows. SQL's three-valued logic: a comparison with null is neither true nor false.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "predicate/value_type.h"

namespace sluice::predicate {

/// `path` is the name of a column and, for a field of a struct, the names down to it. Names compare
/// without case.
struct Column {
  std::vector<std::string> path;
  std::optional<ValueType> cast;  ///< The value is cast to this type before it is looked at.

  bool operator==(const Column&) const = default;
};

/// A constant as it was written. Whoever binds the tree to a table's schema parses the text.
struct Literal {
  std::optional<std::string> text;  ///< Nullopt: null.
  ValueType type;

  bool operator==(const Literal&) const = default;
};

enum class CompareOp {
  kEqual,
  kNullSafeEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual
};

class Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;

/// Immutable, so free to share between threads and trees. Depth and number of nodes are bounded: a
/// tree that would exceed them becomes an Unknown, which is never wrong and skips nothing.
class Expression {
 public:
  enum class Kind {
    kConstant,  ///< value()
    kUnknown,   ///< Whatever it was, its value is not known: reason()
    kAnd,       ///< children(), two or more
    kOr,        ///< children(), two or more
    kNot,       ///< children(), one
    kCompare,   ///< column() op() literals()[0]
    kIn,        ///< column() IN literals(), one or more
    kIsNull,    ///< column() IS NULL
    kPrefix,    ///< column() begins with the bytes of literals()[0], which is not null
  };

  static constexpr int kMaxDepth = 100;
  static constexpr int kMaxNodes = 10'000;  ///< Literals count as nodes.

  Kind kind() const { return kind_; }
  bool value() const { return value_; }
  const std::string& reason() const { return reason_; }
  const std::vector<ExpressionPtr>& children() const { return children_; }
  const Column& column() const { return column_; }
  CompareOp op() const { return op_; }
  const std::vector<Literal>& literals() const { return literals_; }

  int depth() const { return depth_; }
  int nodes() const { return nodes_; }
  /// Whether an Unknown is in the tree: such a tree can skip files and cannot filter rows.
  bool has_unknown() const { return has_unknown_; }

 private:
  friend class ExpressionMaker;
  Expression() = default;

  Kind kind_ = Kind::kConstant;
  bool value_ = false;
  bool has_unknown_ = false;
  CompareOp op_ = CompareOp::kEqual;
  int depth_ = 1;
  int nodes_ = 1;
  std::string reason_;
  std::vector<ExpressionPtr> children_;
  Column column_;
  std::vector<Literal> literals_;
};

ExpressionPtr Constant(bool value);
/// `reason` says for a log what could not be understood.
ExpressionPtr Unknown(std::string reason);
/// Of no children: true. Of one: that one. An AND among the children is merged into the new one.
ExpressionPtr And(std::vector<ExpressionPtr> children);
/// Of no children: false. Likewise.
ExpressionPtr Or(std::vector<ExpressionPtr> children);
ExpressionPtr Not(ExpressionPtr child);
ExpressionPtr Compare(Column column, CompareOp op, Literal literal);
/// Of no literals: false.
ExpressionPtr In(Column column, std::vector<Literal> literals);
ExpressionPtr IsNull(Column column);
ExpressionPtr HasPrefix(Column column, std::string prefix);

/// Whether two trees are the same, reasons of Unknown apart.
bool Equal(const Expression& a, const Expression& b);

/// The columns of all conditions in a tree, in order; one is there as often as it is named. They
/// are the tree's.
std::vector<const Column*> ColumnsOf(const Expression& expression);

/// The reasons of all Unknowns in a tree, in order.
std::vector<std::string> UnknownReasons(const Expression& expression);

/// The operator that says the same with its sides swapped: < for >.
CompareOp Mirrored(CompareOp op);

}  // namespace sluice::predicate
