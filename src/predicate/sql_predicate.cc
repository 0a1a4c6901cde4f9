#include "predicate/sql_predicate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <variant>

#include "base/encoding.h"
#include "predicate/like_pattern.h"
#include "predicate/sql_lexer.h"
#include "predicate/sql_literal.h"

namespace sluice::predicate {
namespace {

using Kind = ValueType::Kind;
using TokenKind = SqlToken::Kind;

constexpr std::size_t kQuotedBytes = 80;
/// Of the parser's calls within each other: what a tree of kMaxDepth takes as ToSql writes it,
/// where each NOT is in brackets.
constexpr int kMaxCalls = 5 * Expression::kMaxDepth;

/// A value that is neither a column nor a literal: a function, a sum.
struct Opaque {
  std::string reason;
};

/// What an expression can be before it is known where it stands.
using Operand = std::variant<Column, Literal, ExpressionPtr, Opaque>;

ExpressionPtr AsBoolean(Operand operand) {
  if (auto* expression = std::get_if<ExpressionPtr>(&operand)) return std::move(*expression);
  if (auto* column = std::get_if<Column>(&operand)) {
    return Compare(std::move(*column), CompareOp::kEqual, {"true", {Kind::kBoolean}});
  }
  if (auto* opaque = std::get_if<Opaque>(&operand)) return Unknown(std::move(opaque->reason));
  const auto& literal = std::get<Literal>(operand);
  if (literal.type.kind == Kind::kBoolean && literal.text) return Constant(*literal.text == "true");
  return Unknown("a literal that is neither true nor false");
}

ExpressionPtr MakeComparison(Operand left, CompareOp op, Operand right) {
  for (Operand* side : {&left, &right}) {
    if (auto* opaque = std::get_if<Opaque>(side)) return Unknown(std::move(opaque->reason));
    if (std::holds_alternative<ExpressionPtr>(*side)) return Unknown("a condition is compared");
  }
  if (!std::holds_alternative<Column>(left)) {
    std::swap(left, right);
    op = Mirrored(op);
  }
  if (!std::holds_alternative<Column>(left)) return Unknown("two literals are compared");
  if (!std::holds_alternative<Literal>(right)) return Unknown("two columns are compared");
  return Compare(std::get<Column>(std::move(left)), op, std::get<Literal>(std::move(right)));
}

struct SymbolOp {
  std::string_view symbol;
  CompareOp op;
};
constexpr std::array<SymbolOp, 9> kComparisons{{
    {"=", CompareOp::kEqual},
    {"==", CompareOp::kEqual},
    {"<=>", CompareOp::kNullSafeEqual},
    {"<>", CompareOp::kNotEqual},
    {"!=", CompareOp::kNotEqual},
    {"<", CompareOp::kLess},
    {"<=", CompareOp::kLessOrEqual},
    {">", CompareOp::kGreater},
    {">=", CompareOp::kGreaterOrEqual},
}};

/// The recipient whose properties a text may name.
struct Asker {
  const Properties& properties;
  bool missing = false;  ///< A property that was named is not there.
};

class SqlParser {
 public:
  /// Without an asker (null), current_recipient() is a function like any other.
  explicit SqlParser(std::vector<SqlToken> tokens, Asker* asker = nullptr)
      : tokens_(std::move(tokens)), asker_(asker) {}

  Result<ExpressionPtr> Run() {
    SLUICE_TRY(auto operand, ParseOr());
    if (Next().kind != TokenKind::kEnd) return Refuse("an operator or the end");
    return AsBoolean(std::move(operand));
  }

 private:
  const SqlToken& Next(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  bool TakeWord(std::string_view word) {
    if (!Next().IsWord(word)) return false;
    ++at_;
    return true;
  }
  bool TakeSymbol(std::string_view symbol) {
    if (!Next().IsSymbol(symbol)) return false;
    ++at_;
    return true;
  }
  tl::unexpected<Error> Refuse(std::string_view expected) const {
    if (Next().kind == TokenKind::kEnd) {
      return Fail(ErrorKind::kMalformed, "expected {}, not the end", expected);
    }
    return Fail(ErrorKind::kMalformed, "expected {}, not '{}' at offset {}", expected,
                Printable(Next().text, kQuotedBytes), Next().offset);
  }
  Status Expect(std::string_view symbol) {
    if (TakeSymbol(symbol)) return {};
    return Refuse(fmt::format("'{}'", symbol));
  }

  /// Counts how deep the calls are nested, since hints come from anybody.
  struct Depth {
    explicit Depth(int* depth) : depth(depth) { ++*depth; }
    ~Depth() { --*depth; }
    int* depth;
  };
  Status CheckDepth() const {
    if (depth_ <= kMaxCalls) return {};
    return Fail(ErrorKind::kTooLarge, "nested too deeply");
  }

  Result<Operand> ParseOr() {
    const Depth deeper(&depth_);
    SLUICE_RETURN_IF_ERROR(CheckDepth());
    SLUICE_TRY(auto first, ParseAnd());
    if (!Next().IsWord("OR")) return first;
    std::vector<ExpressionPtr> parts{AsBoolean(std::move(first))};
    while (TakeWord("OR")) {
      SLUICE_TRY(auto next, ParseAnd());
      parts.push_back(AsBoolean(std::move(next)));
    }
    return Or(std::move(parts));
  }

  Result<Operand> ParseAnd() {
    SLUICE_TRY(auto first, ParseNot());
    if (!Next().IsWord("AND")) return first;
    std::vector<ExpressionPtr> parts{AsBoolean(std::move(first))};
    while (TakeWord("AND")) {
      SLUICE_TRY(auto next, ParseNot());
      parts.push_back(AsBoolean(std::move(next)));
    }
    return And(std::move(parts));
  }

  Result<Operand> ParseNot() {
    const Depth deeper(&depth_);
    SLUICE_RETURN_IF_ERROR(CheckDepth());
    if (TakeWord("NOT") || TakeSymbol("!")) {
      SLUICE_TRY(auto operand, ParseNot());
      return Not(AsBoolean(std::move(operand)));
    }
    return ParseComparison();
  }

  Result<Operand> ParseComparison() {
    SLUICE_TRY(auto left, ParseValue());
    for (const auto& known : kComparisons) {
      if (!TakeSymbol(known.symbol)) continue;
      SLUICE_TRY(auto right, ParseValue());
      return MakeComparison(std::move(left), known.op, std::move(right));
    }
    const std::size_t before = at_;
    const bool negated = TakeWord("NOT");
    SLUICE_TRY(auto expression, ParseSuffix(left));
    if (expression == nullptr) {
      at_ = before;
      return left;
    }
    return negated ? Not(std::move(expression)) : std::move(expression);
  }

  /// IN, BETWEEN, LIKE and IS behind a value; null when none of them is next.
  Result<ExpressionPtr> ParseSuffix(const Operand& left) {
    if (TakeWord("IN")) return ParseIn(left);
    if (TakeWord("BETWEEN")) return ParseBetween(left);
    if (TakeWord("LIKE")) return ParseLike(left);
    if (TakeWord("IS")) return ParseIs(left);
    for (const std::string_view word : {"ILIKE", "RLIKE", "REGEXP"}) {
      if (!TakeWord(word)) continue;
      SLUICE_TRY(const auto pattern, ParseValue());
      return Unknown(fmt::format("{} is not evaluated", word));
    }
    return ExpressionPtr();
  }

  Result<ExpressionPtr> ParseIn(const Operand& left) {
    SLUICE_RETURN_IF_ERROR(Expect("("));
    std::vector<Literal> literals;
    std::vector<ExpressionPtr> parts;
    do {
      SLUICE_TRY(auto item, ParseOr());
      if (std::holds_alternative<Column>(left) && std::holds_alternative<Literal>(item)) {
        literals.push_back(std::get<Literal>(std::move(item)));
      } else {
        parts.push_back(MakeComparison(left, CompareOp::kEqual, std::move(item)));
      }
    } while (TakeSymbol(","));
    SLUICE_RETURN_IF_ERROR(Expect(")"));
    if (!literals.empty()) parts.push_back(In(std::get<Column>(left), std::move(literals)));
    return Or(std::move(parts));
  }

  Result<ExpressionPtr> ParseBetween(const Operand& left) {
    SLUICE_TRY(auto low, ParseValue());
    if (!TakeWord("AND")) return Refuse("AND");
    SLUICE_TRY(auto high, ParseValue());
    auto above = MakeComparison(left, CompareOp::kGreaterOrEqual, std::move(low));
    return And({std::move(above), MakeComparison(left, CompareOp::kLessOrEqual, std::move(high))});
  }

  Result<ExpressionPtr> ParseLike(const Operand& left) {
    for (const std::string_view word : {"ANY", "SOME", "ALL"}) {
      if (Next().IsWord(word) && Next(1).IsSymbol("(")) {
        return Fail(ErrorKind::kUnsupported, "LIKE {} is not evaluated", word);
      }
    }
    SLUICE_TRY(auto pattern, ParseValue());
    char escape = '\\';
    if (TakeWord("ESCAPE")) {
      if (Next().kind != TokenKind::kString || Next().text.size() != 1) {
        return Refuse("a character");
      }
      escape = tokens_[at_++].text.front();
    }
    const auto* column = std::get_if<Column>(&left);
    const auto* literal = std::get_if<Literal>(&pattern);
    if (column == nullptr || literal == nullptr || literal->type.kind != Kind::kString ||
        !literal->text) {
      return Unknown("LIKE of something else than a column and a pattern");
    }
    return LikePattern(*column, *literal->text, escape);
  }

  Result<ExpressionPtr> ParseIs(const Operand& left) {
    const bool negated = TakeWord("NOT");
    ExpressionPtr expression;
    if (TakeWord("NULL") || TakeWord("UNKNOWN")) {
      expression = AsIsNull(left);
    } else if (TakeWord("TRUE") || TakeWord("FALSE")) {
      const bool value = tokens_[at_ - 1].IsWord("TRUE");
      expression = MakeComparison(left, CompareOp::kNullSafeEqual,
                                  Literal{value ? "true" : "false", {Kind::kBoolean}});
    } else if (TakeWord("DISTINCT")) {
      if (!TakeWord("FROM")) return Refuse("FROM");
      SLUICE_TRY(auto right, ParseValue());
      auto same = MakeComparison(left, CompareOp::kNullSafeEqual, std::move(right));
      return negated ? std::move(same) : Not(std::move(same));
    } else {
      return Refuse("NULL, TRUE, FALSE or DISTINCT FROM");
    }
    return negated ? Not(std::move(expression)) : std::move(expression);
  }

  static ExpressionPtr AsIsNull(const Operand& operand) {
    if (const auto* column = std::get_if<Column>(&operand)) return IsNull(*column);
    if (const auto* literal = std::get_if<Literal>(&operand)) return Constant(!literal->text);
    if (const auto* opaque = std::get_if<Opaque>(&operand)) return Unknown(opaque->reason);
    return Unknown("whether a condition is null");
  }

  /// A column or literal; what is calculated is passed over.
  Result<Operand> ParseValue() {
    SLUICE_TRY(auto operand, ParseUnary());
    for (;;) {
      const SqlToken operation = Next();
      bool found = TakeWord("DIV");
      for (const std::string_view symbol : {"+", "-", "*", "/", "%", "||", "&", "|", "^"}) {
        found = found || TakeSymbol(symbol);
      }
      if (!found) return operand;
      SLUICE_TRY(const auto right, ParseUnary());
      operand = Opaque{fmt::format("'{}' is not calculated", operation.text)};
    }
  }

  Result<Operand> ParseUnary() {
    const Depth deeper(&depth_);
    SLUICE_RETURN_IF_ERROR(CheckDepth());
    if (TakeSymbol("+")) return ParseUnary();
    if (TakeSymbol("~")) {
      SLUICE_TRY(const auto operand, ParseUnary());
      return Opaque{"'~' is not calculated"};
    }
    if (TakeSymbol("-")) {
      if (Next().kind == TokenKind::kNumber) return ParseNumber("-");
      SLUICE_TRY(const auto operand, ParseUnary());
      return Opaque{"'-' is not calculated"};
    }
    SLUICE_TRY(auto operand, ParsePrimary());
    while (TakeSymbol("::")) {
      SLUICE_TRY(const auto type, ParseType());
      operand = CastTo(std::move(operand), type);
    }
    return operand;
  }

  Result<Operand> ParsePrimary() {
    const SqlToken& token = Next();
    switch (token.kind) {
      case TokenKind::kNumber:
        return ParseNumber("");
      case TokenKind::kString:
        return Literal{tokens_[at_++].text, {Kind::kString}};
      case TokenKind::kQuoted:
        return ParseColumn();
      case TokenKind::kName:
        return ParseWord();
      default:
        break;
    }
    if (!TakeSymbol("(")) return Refuse("a column or a literal");
    SLUICE_TRY(auto operand, ParseOr());
    SLUICE_RETURN_IF_ERROR(Expect(")"));
    return operand;
  }

  Result<Operand> ParseNumber(std::string_view sign) {
    const SqlToken& token = Next();
    auto literal = ParseSqlNumber(sign, token.text);
    if (!literal) return Refuse("a number");
    ++at_;
    return *std::move(literal);
  }

  Result<Operand> ParseWord() {
    const SqlToken& token = Next();
    for (const std::string_view reserved : {"AND", "OR", "IN", "IS", "BETWEEN", "LIKE", "NOT"}) {
      if (token.IsWord(reserved)) return Refuse("a column or a literal");
    }
    if (TakeWord("NULL")) return Literal{std::nullopt, {Kind::kString}};
    if (TakeWord("TRUE")) return Literal{"true", {Kind::kBoolean}};
    if (TakeWord("FALSE")) return Literal{"false", {Kind::kBoolean}};
    if (Next(1).kind == TokenKind::kString) {
      at_ += 2;
      auto literal = ParseTypedLiteral(tokens_[at_ - 2].text, tokens_[at_ - 1].text);
      if (literal) return *std::move(literal);
      return Opaque{fmt::format("'{}' before a string is not understood",
                                Printable(tokens_[at_ - 2].text, kQuotedBytes))};
    }
    if (token.IsWord("CASE")) return Fail(ErrorKind::kUnsupported, "CASE is not evaluated");
    if (token.IsWord("INTERVAL") && Next(1).kind == TokenKind::kNumber) {
      return Fail(ErrorKind::kUnsupported, "INTERVAL is not evaluated");
    }
    if ((token.IsWord("CAST") || token.IsWord("TRY_CAST")) && Next(1).IsSymbol("(")) {
      return ParseCast();
    }
    if (Next(1).IsSymbol("(")) return ParseFunction();
    return ParseColumn();
  }

  Result<Operand> ParseCast() {
    at_ += 2;
    SLUICE_TRY(auto operand, ParseOr());
    if (!TakeWord("AS")) return Refuse("AS");
    SLUICE_TRY(const auto type, ParseType());
    SLUICE_RETURN_IF_ERROR(Expect(")"));
    return CastTo(std::move(operand), type);
  }

  /// Nullopt: a type that values here do not have.
  Result<std::optional<ValueType>> ParseType() {
    if (Next().kind != TokenKind::kName) return Refuse("a type");
    std::string name = tokens_[at_++].text;
    if (TakeSymbol("(")) {
      name += '(';
      for (; !Next().IsSymbol(")"); ++at_) {
        if (Next().kind != TokenKind::kNumber && !Next().IsSymbol(",")) return Refuse("a number");
        name += Next().text;
      }
      name += ')';
      ++at_;
    }
    return ParseSqlTypeName(name);
  }

  static Operand CastTo(Operand operand, const std::optional<ValueType>& type) {
    if (auto* column = std::get_if<Column>(&operand); column != nullptr && type) {
      if (!column->cast) {
        column->cast = type;
        return operand;
      }
    }
    if (const auto* literal = std::get_if<Literal>(&operand); literal != nullptr && type) {
      auto cast = CastLiteral(*literal, *type);
      if (cast) return *std::move(cast);
    }
    if (std::holds_alternative<Opaque>(operand)) return operand;
    return Opaque{"a CAST that is not evaluated"};
  }

  /// startswith(column, 'text') is known; of other functions only the end is found.
  Result<Operand> ParseFunction() {
    const SqlToken name = Next();
    at_ += 2;
    std::vector<Operand> arguments;
    if (!TakeSymbol(")")) {
      if (Next().IsSymbol("*")) return Refuse("a column or a literal");
      do {
        SLUICE_TRY(auto argument, ParseOr());
        arguments.push_back(std::move(argument));
      } while (TakeSymbol(","));
      SLUICE_RETURN_IF_ERROR(Expect(")"));
    }
    if (name.IsWord("STARTSWITH") && arguments.size() == 2) {
      auto* column = std::get_if<Column>(&arguments[0]);
      auto* prefix = std::get_if<Literal>(&arguments[1]);
      if (column != nullptr && prefix != nullptr && prefix->text &&
          prefix->type.kind == Kind::kString) {
        return HasPrefix(std::move(*column), *std::move(prefix->text));
      }
    }
    if (asker_ != nullptr && name.IsWord("CURRENT_RECIPIENT")) return ParseProperty(arguments);
    return Opaque{fmt::format("{}() is not evaluated", Printable(name.text, kQuotedBytes))};
  }

  Result<Operand> ParseProperty(const std::vector<Operand>& arguments) {
    const auto* key = arguments.size() == 1 ? std::get_if<Literal>(&arguments[0]) : nullptr;
    if (key == nullptr || !key->text || key->type.kind != Kind::kString) {
      return Fail(ErrorKind::kMalformed, "current_recipient() takes the key of a property, quoted");
    }
    const auto found = asker_->properties.find(*key->text);
    if (found != asker_->properties.end()) return Literal{found->second, {Kind::kString}};
    asker_->missing = true;
    return Literal{"", {Kind::kString}};
  }

  Result<Operand> ParseColumn() {
    Column column;
    do {
      if (Next().kind != TokenKind::kName && Next().kind != TokenKind::kQuoted) {
        return Refuse("a name");
      }
      column.path.push_back(tokens_[at_++].text);
    } while (TakeSymbol("."));
    if (Next().IsSymbol("(")) return Refuse("an operator");
    return column;
  }

  std::vector<SqlToken> tokens_;
  Asker* const asker_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

ExpressionPtr ParseSqlPredicate(std::string_view text) {
  if (text.size() > kMaxSqlBytes) {
    return Unknown(fmt::format("{} bytes are more than {}", text.size(), kMaxSqlBytes));
  }
  auto tokens = TokenizeSql(text);
  if (!tokens) return Unknown(tokens.error().message);
  if (tokens->size() == 1) return Constant(true);
  auto expression = SqlParser(*std::move(tokens)).Run();
  if (!expression) return Unknown(expression.error().message);
  return *std::move(expression);
}

Result<ExpressionPtr> ParseRowFilter(std::string_view text, const Properties& properties) {
  if (text.size() > kMaxSqlBytes) {
    return Fail(ErrorKind::kMalformed, "{} bytes are more than {}", text.size(), kMaxSqlBytes);
  }
  SLUICE_TRY(auto tokens, TokenizeSql(text));
  if (tokens.size() == 1) return Fail(ErrorKind::kMalformed, "a filter must not be blank");
  Asker asker{properties};
  auto expression = SqlParser(std::move(tokens), &asker).Run();
  if (!expression) return Fail(ErrorKind::kMalformed, "{}", expression.error().message);
  if ((*expression)->has_unknown()) {
    return Fail(ErrorKind::kMalformed, "{}", UnknownReasons(**expression).front());
  }
  if (asker.missing) return Constant(false);
  return expression;
}

}  // namespace sluice::predicate
