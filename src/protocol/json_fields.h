// Reading JSON objects field by field, for the parsers of this folder. Not part of its interface.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sluice::protocol {

/// Parses JSON text into a tree of bounded depth. Keep one for many texts: it reuses its buffers.
/// What a call returned is valid until the next call. Not thread-safe.
class JsonParser {
 public:
  /// A leading byte order mark is passed over. Errors: kMalformed for what is no JSON object,
  /// without a word of its content.
  Result<simdjson::dom::object> ParseObject(std::string_view text);

 private:
  simdjson::dom::parser parser_;
  std::string padded_;
};

/// A JSON object and how to complain about it. Getters treat `null` as absent; a wrong type is an
/// error of the kind given, naming the field, never quoting its value.
class JsonFields {
 public:
  JsonFields(simdjson::dom::object object, ErrorKind kind) : object_(object), kind_(kind) {}

  bool Has(std::string_view key) const { return Find(key).has_value(); }
  /// Views live as long as the parser's current text.
  Result<std::optional<std::string_view>> OptionalString(std::string_view key) const;
  Result<std::string_view> String(std::string_view key) const;
  /// Integers, also as whole doubles or decimal strings, as several clients send them.
  Result<std::optional<std::int64_t>> OptionalInt(std::string_view key) const;
  Result<std::int64_t> Int(std::string_view key) const;
  Result<std::optional<bool>> OptionalBool(std::string_view key) const;
  Result<std::optional<JsonFields>> OptionalObject(std::string_view key) const;
  Result<JsonFields> Object(std::string_view key) const;
  Result<std::optional<simdjson::dom::array>> OptionalArray(std::string_view key) const;
  /// Absent: empty.
  Result<std::vector<std::string>> Strings(std::string_view key) const;
  /// An object whose values are strings or null. Absent: empty.
  Result<std::vector<std::pair<std::string, std::optional<std::string>>>> StringMap(
      std::string_view key) const;

  simdjson::dom::object object() const { return object_; }

 private:
  std::optional<simdjson::dom::element> Find(std::string_view key) const;
  tl::unexpected<Error> Wrong(std::string_view key, std::string_view expected) const;

  simdjson::dom::object object_;
  ErrorKind kind_;
};

/// The whole of `text` as a decimal integer, or nullopt.
std::optional<std::int64_t> ParseInteger(std::string_view text);

}  // namespace sluice::protocol
