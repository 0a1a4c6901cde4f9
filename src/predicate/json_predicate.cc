#include "predicate/json_predicate.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

#include "base/ascii.h"
#include "base/encoding.h"

namespace sluice::predicate {
namespace {

namespace json = boost::json;

/// A node is an object within an array.
constexpr std::size_t kMaxJsonDepth = 2 * Expression::kMaxDepth + 8;
constexpr std::size_t kQuotedBytes = 80;

std::string Quoted(std::string_view text) {
  return fmt::format("'{}'", Printable(text, kQuotedBytes));
}

struct ComparisonName {
  std::string_view name;
  CompareOp op;
};
constexpr std::array<ComparisonName, 7> kComparisons{{
    {"equal", CompareOp::kEqual},
    {"lessThan", CompareOp::kLess},
    {"lessThanOrEqual", CompareOp::kLessOrEqual},
    {"greaterThan", CompareOp::kGreater},
    {"greaterThanOrEqual", CompareOp::kGreaterOrEqual},
    {"notEqual", CompareOp::kNotEqual},
    {"nullSafeEqual", CompareOp::kNullSafeEqual},
}};

std::optional<CompareOp> ComparisonOf(std::string_view name) {
  for (const auto& known : kComparisons) {
    if (known.name == name) return known.op;
  }
  return std::nullopt;
}

/// A leaf: a column or a literal.
struct Leaf {
  bool is_column = false;
  Column column;
  Literal literal;
  std::optional<ValueType> type;
};

std::optional<std::string_view> TextMember(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string_view(value->get_string());
}

Result<std::optional<ValueType>> TypeOf(const json::object& object) {
  const json::value* value = object.if_contains("valueType");
  if (value == nullptr || value->is_null()) return std::nullopt;
  if (!value->is_string()) return Fail(ErrorKind::kMalformed, "valueType is no string");
  const std::string_view name = value->get_string();
  const auto type = ParseJsonTypeName(name);
  if (!type) return Fail(ErrorKind::kUnsupported, "no such valueType: {}", Quoted(name));
  return type;
}

Result<Leaf> ParseColumn(const json::object& object) {
  Leaf leaf;
  leaf.is_column = true;
  const auto name = TextMember(object, "name");
  if (!name || name->empty()) return Fail(ErrorKind::kMalformed, "a column has no name");
  leaf.column.path.emplace_back(*name);
  SLUICE_TRY(leaf.type, TypeOf(object));
  leaf.column.cast = leaf.type;
  return leaf;
}

Result<Leaf> ParseLiteral(const json::object& object) {
  Leaf leaf;
  SLUICE_TRY(leaf.type, TypeOf(object));
  const json::value* value = object.if_contains("value");
  if (value == nullptr || value->is_structured()) {
    return Fail(ErrorKind::kMalformed, "a literal has no value");
  }
  if (value->is_string()) {
    leaf.literal.text = std::string(value->get_string());
  } else if (!value->is_null()) {
    leaf.literal.text = json::serialize(*value);
  }
  leaf.literal.type = leaf.type.value_or(ValueType{});
  return leaf;
}

Result<Leaf> ParseLeaf(const json::value& value) {
  if (!value.is_object()) return Fail(ErrorKind::kMalformed, "an operand is no object");
  const auto& object = value.get_object();
  const auto op = TextMember(object, "op");
  if (op == "column") return ParseColumn(object);
  if (op == "literal") return ParseLiteral(object);
  return Fail(ErrorKind::kUnsupported, "an operand is neither a column nor a literal");
}

ExpressionPtr AsBoolean(Leaf leaf) {
  if (leaf.type && leaf.type->kind != ValueType::Kind::kBoolean) {
    return Unknown(leaf.is_column ? "a column that is no condition"
                                  : "a literal that is no condition");
  }
  if (leaf.is_column) {
    return Compare(std::move(leaf.column), CompareOp::kEqual,
                   {"true", {ValueType::Kind::kBoolean}});
  }
  const std::string text = ToLower(leaf.literal.text.value_or("null"));
  if (text == "true" || text == "false") return Constant(text == "true");
  return Unknown("a literal that is neither true nor false");
}

/// The type of a literal without one is the column's.
Status AgreeOnType(const Leaf& column, Leaf* literal) {
  if (!literal->type && column.type) literal->literal.type = *column.type;
  if (!literal->type || !column.type || *literal->type == *column.type) return {};
  return Fail(ErrorKind::kUnsupported, "{} is compared with {}", SqlTypeName(*column.type),
              SqlTypeName(*literal->type));
}

class JsonReader {
 public:
  ExpressionPtr Read(const json::value& value, int depth) {
    if (depth > Expression::kMaxDepth) {
      return Unknown(fmt::format("nested deeper than {} levels", Expression::kMaxDepth));
    }
    if (!value.is_object()) return Unknown("a node is no object");
    const auto& object = value.get_object();
    const auto op = TextMember(object, "op");
    if (!op) return Unknown("a node has no op");
    if (*op == "column" || *op == "literal") return OrUnknown(ReadBoolean(value));
    const json::value* children = object.if_contains("children");
    if (children == nullptr || !children->is_array()) {
      return Unknown(fmt::format("{} has no children", Quoted(*op)));
    }
    return ReadOp(*op, children->get_array(), depth);
  }

 private:
  static ExpressionPtr OrUnknown(Result<ExpressionPtr> result) {
    return result ? *std::move(result) : Unknown(std::move(result).error().message);
  }

  ExpressionPtr ReadOp(std::string_view op, const json::array& children, int depth) {
    if (op == "and" || op == "or") {
      if (children.size() < 2) return Unknown(fmt::format("'{}' needs two children", op));
      std::vector<ExpressionPtr> parts;
      for (const json::value& child : children) parts.push_back(Read(child, depth + 1));
      return op == "and" ? And(std::move(parts)) : Or(std::move(parts));
    }
    if (op == "not") {
      if (children.size() != 1) return Unknown("'not' needs one child");
      return Not(Read(children.front(), depth + 1));
    }
    if (op == "isNull") return OrUnknown(ReadIsNull(children));
    if (op == "in") return OrUnknown(ReadIn(children));
    if (op == "startsWith") return OrUnknown(ReadPrefix(children));
    const auto comparison = ComparisonOf(op);
    if (!comparison) return Unknown(fmt::format("no such op: {}", Quoted(op)));
    return OrUnknown(ReadComparison(*comparison, children));
  }

  static Result<ExpressionPtr> ReadBoolean(const json::value& value) {
    SLUICE_TRY(auto leaf, ParseLeaf(value));
    return AsBoolean(std::move(leaf));
  }

  static Result<ExpressionPtr> ReadIsNull(const json::array& children) {
    if (children.size() != 1) return Fail(ErrorKind::kMalformed, "'isNull' needs one child");
    SLUICE_TRY(auto leaf, ParseLeaf(children.front()));
    if (leaf.is_column) return IsNull(std::move(leaf.column));
    if (!leaf.literal.text) return Constant(true);
    // The Spark client writes null so.
    if (*leaf.literal.text == "null") return Unknown("the literal 'null' may stand for null");
    return Constant(false);
  }

  static Result<ExpressionPtr> ReadComparison(CompareOp op, const json::array& children) {
    if (children.size() != 2) return Fail(ErrorKind::kMalformed, "a comparison needs two children");
    SLUICE_TRY(auto left, ParseLeaf(children[0]));
    SLUICE_TRY(auto right, ParseLeaf(children[1]));
    if (left.is_column == right.is_column) {
      return Fail(ErrorKind::kUnsupported, "a comparison is not of a column and a literal");
    }
    if (!left.is_column) {
      std::swap(left, right);
      op = Mirrored(op);
    }
    SLUICE_RETURN_IF_ERROR(AgreeOnType(left, &right));
    return Compare(std::move(left.column), op, std::move(right.literal));
  }

  static Result<ExpressionPtr> ReadIn(const json::array& children) {
    if (children.empty()) return Fail(ErrorKind::kMalformed, "'in' needs a column");
    SLUICE_TRY(auto column, ParseLeaf(children.front()));
    if (!column.is_column) return Fail(ErrorKind::kUnsupported, "'in' is not of a column");
    std::vector<Literal> literals;
    for (std::size_t i = 1; i < children.size(); ++i) {
      SLUICE_TRY(auto leaf, ParseLeaf(children[i]));
      if (leaf.is_column) return Fail(ErrorKind::kUnsupported, "'in' is not of literals");
      SLUICE_RETURN_IF_ERROR(AgreeOnType(column, &leaf));
      literals.push_back(std::move(leaf.literal));
    }
    return In(std::move(column.column), std::move(literals));
  }

  static Result<ExpressionPtr> ReadPrefix(const json::array& children) {
    if (children.size() != 2) return Fail(ErrorKind::kMalformed, "'startsWith' needs two children");
    SLUICE_TRY(auto column, ParseLeaf(children[0]));
    SLUICE_TRY(auto prefix, ParseLeaf(children[1]));
    if (!column.is_column || prefix.is_column || !prefix.literal.text) {
      return Fail(ErrorKind::kUnsupported, "'startsWith' is not of a column and a text");
    }
    return HasPrefix(std::move(column.column), *std::move(prefix.literal.text));
  }
};

}  // namespace

ExpressionPtr ParseJsonPredicate(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return Constant(true);
  if (text.size() > kMaxJsonBytes) {
    return Unknown(fmt::format("{} bytes are more than {}", text.size(), kMaxJsonBytes));
  }
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  options.allow_trailing_commas = true;
  boost::system::error_code error;
  const json::value root = json::parse(text, error, {}, options);
  if (error) return Unknown(fmt::format("not JSON: {}", error.message()));
  return JsonReader().Read(root, 1);
}

}  // namespace sluice::predicate
