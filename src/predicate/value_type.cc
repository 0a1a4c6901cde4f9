#include "predicate/value_type.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/ascii.h"

namespace sluice::predicate {
namespace {

using Kind = ValueType::Kind;

struct TypeName {
  std::string_view name;
  Kind kind;
};

/// The first name of a kind is the one that is written.
constexpr std::array<TypeName, 23> kSqlNames{{
    {"boolean", Kind::kBoolean},
    {"bool", Kind::kBoolean},
    {"tinyint", Kind::kByte},
    {"byte", Kind::kByte},
    {"smallint", Kind::kShort},
    {"short", Kind::kShort},
    {"int", Kind::kInt},
    {"integer", Kind::kInt},
    {"bigint", Kind::kLong},
    {"long", Kind::kLong},
    {"float", Kind::kFloat},
    {"real", Kind::kFloat},
    {"double", Kind::kDouble},
    {"decimal", Kind::kDecimal},
    {"dec", Kind::kDecimal},
    {"numeric", Kind::kDecimal},
    {"string", Kind::kString},
    {"binary", Kind::kBinary},
    {"date", Kind::kDate},
    {"timestamp", Kind::kTimestamp},
    {"timestamp_ltz", Kind::kTimestamp},
    {"timestamp_ntz", Kind::kTimestampNtz},
    {"timestampntz", Kind::kTimestampNtz},
}};

constexpr std::array<TypeName, 8> kJsonNames{{
    {"bool", Kind::kBoolean},
    {"int", Kind::kInt},
    {"long", Kind::kLong},
    {"string", Kind::kString},
    {"date", Kind::kDate},
    {"float", Kind::kFloat},
    {"double", Kind::kDouble},
    {"timestamp", Kind::kTimestamp},
}};

bool ParseSmall(std::string_view text, int* number) {
  text = Trim(text);
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), *number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

/// "10,2" or "10" of a decimal.
bool ParseDigits(std::string_view text, ValueType* type) {
  const std::size_t comma = text.find(',');
  if (!ParseSmall(text.substr(0, comma), &type->precision)) return false;
  if (comma != std::string_view::npos && !ParseSmall(text.substr(comma + 1), &type->scale)) {
    return false;
  }
  return type->precision >= 1 && type->precision <= 38 && type->scale >= 0 &&
         type->scale <= type->precision;
}

}  // namespace

bool IsInteger(Kind kind) {
  return kind == Kind::kByte || kind == Kind::kShort || kind == Kind::kInt || kind == Kind::kLong;
}

bool IsNumber(Kind kind) {
  return IsInteger(kind) || kind == Kind::kFloat || kind == Kind::kDouble || kind == Kind::kDecimal;
}

std::string SqlTypeName(const ValueType& type) {
  for (const TypeName& known : kSqlNames) {
    if (known.kind != type.kind) continue;
    if (type.kind != Kind::kDecimal || type.precision == 0) return std::string(known.name);
    return fmt::format("decimal({},{})", type.precision, type.scale);
  }
  return "string";
}

std::optional<ValueType> ParseSqlTypeName(std::string_view name) {
  const std::string lower = ToLower(Trim(name));
  const std::size_t open = lower.find('(');
  const std::string_view base = Trim(std::string_view(lower).substr(0, open));
  for (const TypeName& known : kSqlNames) {
    if (known.name != base) continue;
    ValueType type{known.kind};
    if (type.kind == Kind::kDecimal) type.precision = 10;
    if (open == std::string::npos) return type;
    if (type.kind != Kind::kDecimal || lower.back() != ')') return std::nullopt;
    const auto digits = std::string_view(lower).substr(open + 1, lower.size() - open - 2);
    if (!ParseDigits(digits, &type)) return std::nullopt;
    return type;
  }
  return std::nullopt;
}

std::string_view JsonTypeName(const ValueType& type) {
  for (const TypeName& known : kJsonNames) {
    if (known.kind == type.kind) return known.name;
  }
  return {};
}

std::optional<ValueType> ParseJsonTypeName(std::string_view name) {
  for (const TypeName& known : kJsonNames) {
    if (known.name == name) return ValueType{known.kind};
  }
  return ParseSqlTypeName(name);
}

}  // namespace sluice::predicate
