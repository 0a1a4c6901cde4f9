// The binding side of file_filter.h.
#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/encoding.h"
#include "delta/column_path.h"
#include "delta/filter_node.h"
#include "delta/literal_range.h"
#include "predicate/sql_predicate.h"

namespace sluice::delta {
namespace {

using predicate::CompareOp;
using predicate::Expression;

constexpr std::size_t kNoteBytes = 200;

bool IsNested(DataType::Kind kind) {
  return kind == DataType::Kind::kStruct || kind == DataType::Kind::kArray ||
         kind == DataType::Kind::kMap;
}

FilterLeaf::Op OrderOf(CompareOp op) {
  switch (op) {
    case CompareOp::kLess:
      return FilterLeaf::Op::kLess;
    case CompareOp::kLessOrEqual:
      return FilterLeaf::Op::kLessOrEqual;
    case CompareOp::kGreater:
      return FilterLeaf::Op::kGreater;
    case CompareOp::kGreaterOrEqual:
      return FilterLeaf::Op::kGreaterOrEqual;
    default:
      return FilterLeaf::Op::kIn;
  }
}

}  // namespace

class FilterBinder {
 public:
  using Node = FileFilter::Node;
  using Kind = Node::Kind;

  FilterBinder(const Schema& schema, const Metadata& metadata, const FileFilterOptions& options)
      : schema_(schema), metadata_(metadata), options_(options) {}

  FileFilter Bind(const Expression& predicate) {
    FileFilter filter;
    filter.root_ = std::make_shared<const Node>(BindNode(predicate));
    filter.notes_ = std::move(notes_);
    return filter;
  }

 private:
  static Node Make(Kind kind) {
    Node node;
    node.kind = kind;
    return node;
  }

  static Node Join(Kind kind, std::vector<Node> children) {
    Node node = Make(kind);
    for (const Node& child : children) node.reads_stats = node.reads_stats || child.reads_stats;
    if (kind == Kind::kAnd) {
      std::stable_partition(children.begin(), children.end(),
                            [](const Node& child) { return !child.reads_stats; });
    }
    node.children = std::move(children);
    return node;
  }

  Node Anything(const Expression& expression, std::string_view why) {
    if (notes_.size() < FileFilter::kMaxNotes) {
      notes_.push_back(
          fmt::format("{}: {}", Printable(predicate::ToSql(expression), kNoteBytes), why));
    }
    return Make(Kind::kAnything);
  }

  Node BindNode(const Expression& expression) {
    switch (expression.kind()) {
      case Expression::Kind::kConstant:
        return Make(expression.value() ? Kind::kTrue : Kind::kFalse);
      case Expression::Kind::kUnknown:
        if (notes_.size() < FileFilter::kMaxNotes) {
          notes_.push_back(Printable(expression.reason(), kNoteBytes));
        }
        return Make(Kind::kAnything);
      case Expression::Kind::kAnd:
      case Expression::Kind::kOr: {
        std::vector<Node> children;
        for (const auto& child : expression.children()) children.push_back(BindNode(*child));
        const bool is_and = expression.kind() == Expression::Kind::kAnd;
        return Join(is_and ? Kind::kAnd : Kind::kOr, std::move(children));
      }
      case Expression::Kind::kNot:
        return Negated(BindNode(*expression.children().front()));
      case Expression::Kind::kCompare:
        return BindCompare(expression);
      case Expression::Kind::kIn:
      case Expression::Kind::kPrefix:
      case Expression::Kind::kIsNull:
        return BindLeaf(expression);
    }
    return Make(Kind::kAnything);
  }

  static Node Negated(Node node) {
    std::vector<Node> children;
    children.push_back(std::move(node));
    return Join(Kind::kNot, std::move(children));
  }

  Node BindCompare(const Expression& expression) {
    const bool is_null = !expression.literals().front().text.has_value();
    switch (expression.op()) {
      case CompareOp::kNullSafeEqual:
        if (!is_null) return BindLeaf(expression);
        return BindLeaf(*predicate::IsNull(expression.column()));
      case CompareOp::kNotEqual:
        return is_null ? Make(Kind::kNull) : Negated(BindLeaf(expression));
      default:
        return is_null ? Make(Kind::kNull) : BindLeaf(expression);
    }
  }

  /// A column of the table, or why it cannot be judged.
  Result<FilterLeaf> FindColumn(const predicate::Column& column, const Field** field) {
    const auto path = FindColumnPath(schema_.fields, column);
    if (path.empty()) return Fail(ErrorKind::kNotFound, "no such column");
    *field = path.back();
    FilterLeaf leaf;
    const auto& names = metadata_.partition_columns;
    const auto partition = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
      return path.size() == 1 && EqualsIgnoreCase(name, path.front()->name);
    });
    DataType type = *path.back()->type;
    type.fields.clear();
    if (partition != names.end()) {
      leaf.column = PartitionColumn{static_cast<std::size_t>(partition - names.begin()), type,
                                    path.back()->collated};
      return leaf;
    }
    if (options_.partition_columns_only) {
      return Fail(ErrorKind::kUnsupported, "not a partition column");
    }
    if (IsNested(type.kind)) return Fail(ErrorKind::kUnsupported, "there are no statistics of it");
    StatsColumn stats;
    for (const Field* part : path) stats.path.push_back(part->physical_name);
    stats.type = type;
    stats.widened = path.back()->type_changed;
    stats.collated = path.back()->collated;
    if (std::find(columns_.begin(), columns_.end(), stats.Key()) == columns_.end()) {
      if (columns_.size() == FileFilter::kMaxColumns) {
        return Fail(ErrorKind::kTooLarge, "too many columns before it");
      }
      columns_.push_back(stats.Key());
    }
    leaf.column = std::move(stats);
    return leaf;
  }

  Node BindLeaf(const Expression& expression) {
    if (++leaves_ > FileFilter::kMaxLeaves) {
      return Anything(expression, "too many conditions before it");
    }
    const Field* field = nullptr;
    auto leaf = FindColumn(expression.column(), &field);
    if (!leaf) return Anything(expression, leaf.error().message);
    const DataType& native = *field->type;
    const auto comparand = CastColumn(native, expression.column().cast, options_.timestamps);
    const bool is_null = expression.kind() == Expression::Kind::kIsNull;
    if (comparand && comparand->from_text) {
      // Texts keep their order only as texts: their bounds say nothing of the numbers in them.
      auto* partition = std::get_if<PartitionColumn>(&leaf->column);
      if (partition == nullptr || partition->collated) {
        return Anything(expression, "a cast from string");
      }
      partition->type = comparand->type;
    } else if (is_null && !KeepsNulls(native, expression.column().cast)) {
      return Anything(expression, "a cast that may make nulls");
    }
    if (!is_null) {
      if (!comparand) return Anything(expression, "a cast that does not keep the order");
      leaf->transform = comparand->transform;
      if (const char* why = SetRanges(expression, comparand->type, &*leaf)) {
        return Anything(expression, why);
      }
      const auto floating = [](const DataType& type) {
        return type.kind == DataType::Kind::kFloat || type.kind == DataType::Kind::kDouble;
      };
      leaf->maybe_nan = floating(native) || (comparand->from_text && floating(comparand->type));
    }
    Node node = Make(Kind::kLeaf);
    node.leaf = *std::move(leaf);
    node.reads_stats = !node.leaf.on_partition();
    return node;
  }

  /// The literals, converted to the column's type; what hinders it, or null.
  const char* SetRanges(const Expression& expression, const DataType& type, FilterLeaf* leaf) {
    switch (expression.kind()) {
      case Expression::Kind::kPrefix:
        if (type.kind != DataType::Kind::kString) return "a prefix of what is no string";
        leaf->op = FilterLeaf::Op::kPrefix;
        break;
      case Expression::Kind::kIn:
        leaf->op = FilterLeaf::Op::kIn;
        break;
      default:
        leaf->op = OrderOf(expression.op());
    }
    if (FormOf(type) == ColumnBounds::Form::kDecimal) leaf->ranges.emplace<1>();
    if (FormOf(type) == ColumnBounds::Form::kText) leaf->ranges.emplace<2>();
    for (const auto& literal : expression.literals()) {
      if (!literal.text) {
        leaf->null_in_list = true;
        continue;
      }
      auto range = LiteralRange(type, literal, options_.timestamps);
      if (!range) return "the literal does not fit the column's type";
      std::visit(
          [&](auto& value) {
            std::get<std::vector<std::decay_t<decltype(value)>>>(leaf->ranges)
                .push_back(std::move(value));
          },
          *range);
    }
    leaf->null_is_false = expression.kind() == Expression::Kind::kCompare &&
                          expression.op() == CompareOp::kNullSafeEqual;
    if (leaf->op == FilterLeaf::Op::kIn) SortRanges(leaf);
    return nullptr;
  }

  const Schema& schema_;
  const Metadata& metadata_;
  const FileFilterOptions options_;
  std::vector<std::string> notes_;
  std::vector<std::string> columns_;  ///< Keys of those whose statistics are read.
  int leaves_ = 0;
};

FileFilter FileFilter::Bind(const predicate::Expression& predicate, const Schema& schema,
                            const Metadata& metadata, const FileFilterOptions& options) {
  return FilterBinder(schema, metadata, options).Bind(predicate);
}

}  // namespace sluice::delta
