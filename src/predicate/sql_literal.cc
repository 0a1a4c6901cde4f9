#include "predicate/sql_literal.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "base/encoding.h"

namespace sluice::predicate {
namespace {

using Kind = ValueType::Kind;

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

/// A number up to its suffix of type.
struct NumberForm {
  std::size_t end = 0;
  bool has_point = false;
  bool has_exponent = false;
};

std::optional<NumberForm> ParseForm(std::string_view text) {
  NumberForm form;
  const auto digits = [&] {
    const std::size_t begin = form.end;
    form.end = std::min(text.find_first_not_of("0123456789", begin), text.size());
    return form.end - begin;
  };
  std::size_t count = digits();
  form.has_point = text.substr(form.end).starts_with('.');
  if (form.has_point) {
    ++form.end;
    count += digits();
  }
  if (count == 0) return std::nullopt;
  if (form.end == text.size() || (text[form.end] != 'e' && text[form.end] != 'E')) return form;
  form.has_exponent = true;
  ++form.end;
  if (form.end < text.size() && (text[form.end] == '+' || text[form.end] == '-')) ++form.end;
  if (digits() == 0) return std::nullopt;
  return form;
}

}  // namespace

std::optional<Literal> ParseSqlNumber(std::string_view sign, std::string_view text) {
  const auto form = ParseForm(text);
  if (!form) return std::nullopt;
  const std::string value = std::string(sign) + std::string(text.substr(0, form->end));
  if (form->end < text.size()) {
    const auto kind = SuffixKind(ToUpper(text.substr(form->end)));
    if (!kind || (IsInteger(*kind) && (form->has_point || form->has_exponent))) return std::nullopt;
    return Literal{value, {*kind}};
  }
  if (form->has_exponent) return Literal{value, {Kind::kDouble}};
  if (form->has_point) return Literal{value, {Kind::kDecimal}};
  return Literal{value, {IntegerKind(value)}};
}

std::optional<Literal> ParseTypedLiteral(std::string_view word, std::string_view text) {
  const std::string upper = ToUpper(word);
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
        quoted += "\\u0000";  // Digits may follow.
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
      for (const char* suffix : {"", "L", "S", "Y", "D", "F", "BD"}) {
        const auto number =
            ParseSqlNumber(negative ? "-" : "", text.substr(negative ? 1 : 0) + suffix);
        if (number == literal) return text + suffix;
      }
    }
  }
  return fmt::format("CAST({} AS {})", quoted, SqlTypeName(literal.type));
}

}  // namespace sluice::predicate
