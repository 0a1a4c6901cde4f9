#include "predicate/sql_literal.h"

#include <fmt/format.h>

#include <charconv>

#include "base/encoding.h"

namespace sluice::predicate {
namespace {

using Kind = ValueType::Kind;

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return upper;
}

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Kind IntegerKind(std::string_view text) {
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc()) return Kind::kDecimal;
  return value == static_cast<std::int32_t>(value) ? Kind::kInt : Kind::kLong;
}

std::optional<Kind> SuffixKind(std::string_view suffix) {
  if (suffix == "L") return Kind::kLong;
  if (suffix == "S") return Kind::kShort;
  if (suffix == "Y") return Kind::kByte;
  if (suffix == "D") return Kind::kDouble;
  if (suffix == "F") return Kind::kFloat;
  if (suffix == "BD") return Kind::kDecimal;
  return std::nullopt;
}

/// The digits, the fraction and the exponent; what follows is a suffix.
std::size_t EndOfNumber(std::string_view text, bool* has_exponent) {
  std::size_t end = text.find_first_not_of("0123456789.");
  if (end == std::string_view::npos) return text.size();
  *has_exponent = text[end] == 'e' || text[end] == 'E';
  if (!*has_exponent) return end;
  end += text.find_first_of("+-", end) == end + 1 ? 2 : 1;
  return std::min(text.find_first_not_of("0123456789", end), text.size());
}

bool IsInteger(Kind kind) {
  return kind == Kind::kByte || kind == Kind::kShort || kind == Kind::kInt || kind == Kind::kLong;
}

bool IsNumber(Kind kind) {
  return IsInteger(kind) || kind == Kind::kFloat || kind == Kind::kDouble || kind == Kind::kDecimal;
}

}  // namespace

std::optional<Literal> ParseSqlNumber(std::string_view sign, std::string_view text) {
  bool has_exponent = false;
  const std::size_t end = EndOfNumber(text, &has_exponent);
  const std::string_view digits = text.substr(0, end);
  const std::string value = std::string(sign) + std::string(digits);
  if (end < text.size()) {
    const auto kind = SuffixKind(Upper(text.substr(end)));
    if (!kind || (IsInteger(*kind) && !IsDigits(digits))) return std::nullopt;
    return Literal{value, {*kind}};
  }
  if (has_exponent) return Literal{value, {Kind::kDouble}};
  if (digits.find('.') != std::string_view::npos) return Literal{value, {Kind::kDecimal}};
  return Literal{value, {IntegerKind(value)}};
}

std::optional<Literal> ParseTypedLiteral(std::string_view word, std::string_view text) {
  const std::string upper = Upper(word);
  if (upper == "DATE") return Literal{std::string(text), {Kind::kDate}};
  if (upper == "TIMESTAMP" || upper == "TIMESTAMP_LTZ") {
    return Literal{std::string(text), {Kind::kTimestamp}};
  }
  if (upper == "TIMESTAMP_NTZ") return Literal{std::string(text), {Kind::kTimestampNtz}};
  if (upper == "X") {
    auto bytes = HexDecode(text);
    if (bytes) return Literal{*std::move(bytes), {Kind::kBinary}};
  }
  return std::nullopt;
}

std::optional<Literal> CastLiteral(const Literal& literal, const ValueType& type) {
  const Kind from = literal.type.kind;
  const Kind to = type.kind;
  const bool same_text =
      !literal.text || literal.type == type || (IsNumber(from) && IsNumber(to)) ||
      (to == Kind::kString && (IsInteger(from) || from == Kind::kBoolean)) ||
      (from == Kind::kString && to != Kind::kBinary) ||
      (from == Kind::kDate && (to == Kind::kTimestamp || to == Kind::kTimestampNtz));
  if (!same_text) return std::nullopt;
  return Literal{literal.text, type};
}

std::string QuoteSql(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    switch (c) {
      case '\'':
      case '\\':
        quoted.push_back('\\');
        quoted.push_back(c);
        break;
      case '\0':
        quoted += "\\0";
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      default:
        quoted.push_back(c);
    }
  }
  quoted.push_back('\'');
  return quoted;
}

std::string ToSql(const Literal& literal) {
  if (!literal.text) {
    if (literal.type == ValueType{}) return "NULL";
    return fmt::format("CAST(NULL AS {})", SqlTypeName(literal.type));
  }
  const std::string& text = *literal.text;
  const std::string quoted = QuoteSql(text);
  switch (literal.type.kind) {
    case Kind::kString:
      return quoted;
    case Kind::kDate:
      return "DATE " + quoted;
    case Kind::kTimestamp:
      return "TIMESTAMP " + quoted;
    case Kind::kTimestampNtz:
      return "TIMESTAMP_NTZ " + quoted;
    case Kind::kBinary:
      return fmt::format("X'{}'", HexEncode(text));
    case Kind::kBoolean:
      if (text == "true" || text == "false") return text;
      break;
    default: {
      const bool negative = text.starts_with('-');
      const auto number = ParseSqlNumber(negative ? "-" : "", text.substr(negative ? 1 : 0));
      if (number == literal) return text;
    }
  }
  return fmt::format("CAST({} AS {})", quoted, SqlTypeName(literal.type));
}

}  // namespace sluice::predicate
