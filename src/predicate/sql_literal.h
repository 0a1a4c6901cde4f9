// Literals as SQL writes them.
#pragma once

#include <optional>
#include <string_view>

#include "predicate/expression.h"

namespace sluice::predicate {

/// `text` as the lexer leaves it, "12", "1.5e3", "7L", with a sign before it: of the type that its
/// form or suffix gives it. Nullopt for what is no number.
std::optional<Literal> ParseSqlNumber(std::string_view sign, std::string_view text);

/// DATE '…', TIMESTAMP '…', X'…' and their like; nullopt for another word.
std::optional<Literal> ParseTypedLiteral(std::string_view word, std::string_view text);

/// A literal cast to a type, where its text says the same in that type; else nullopt. Whether the
/// text is a value of the type is seen when the tree is bound to a table.
std::optional<Literal> CastLiteral(const Literal& literal, const ValueType& type);

/// The literal as SQL, such that the parser gives it back.
std::string ToSql(const Literal& literal);

/// `text` as a string in quotes.
std::string QuoteSql(std::string_view text);

}  // namespace sluice::predicate
