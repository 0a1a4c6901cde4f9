#include "protocol/json_fields.h"

#include <charconv>
#include <cmath>

namespace sluice::protocol {
namespace {

constexpr std::size_t kMaxDepth = 64;
/// Beyond this, doubles no longer hold every integer.
constexpr double kMaxWholeDouble = 9007199254740992.0;

std::optional<std::int64_t> ToInteger(simdjson::dom::element element) {
  switch (element.type()) {
    case simdjson::dom::element_type::INT64:
      return element.get_int64().value_unsafe();
    case simdjson::dom::element_type::DOUBLE: {
      const double value = element.get_double().value_unsafe();
      if (std::trunc(value) != value || std::abs(value) > kMaxWholeDouble) return std::nullopt;
      return static_cast<std::int64_t>(value);
    }
    case simdjson::dom::element_type::STRING:
      return ParseInteger(element.get_string().value_unsafe());
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<simdjson::dom::object> JsonParser::ParseObject(std::string_view text) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  padded_.clear();
  padded_.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  padded_.assign(text);
  if (parser_.capacity() < text.size() || parser_.capacity() == 0) {
    if (parser_.allocate(std::max<std::size_t>(text.size(), 4096) * 2, kMaxDepth)) {
      return Fail(ErrorKind::kMalformed, "JSON text of {} bytes is too long", text.size());
    }
  }
  simdjson::dom::element element;
  if (const auto error = parser_.parse(padded_.data(), text.size(), false).get(element)) {
    return Fail(ErrorKind::kMalformed, "not valid JSON ({})", simdjson::error_message(error));
  }
  simdjson::dom::object object;
  if (element.get(object)) return Fail(ErrorKind::kMalformed, "not a JSON object");
  return object;
}

std::optional<simdjson::dom::element> JsonFields::Find(std::string_view key) const {
  simdjson::dom::element element;
  if (object_.at_key(key).get(element) || element.is_null()) return std::nullopt;
  return element;
}

tl::unexpected<Error> JsonFields::Wrong(std::string_view key, std::string_view expected) const {
  return Fail(kind_, "field '{}' must be {}", key, expected);
}

Result<std::optional<std::string_view>> JsonFields::OptionalString(std::string_view key) const {
  const auto element = Find(key);
  if (!element) return std::nullopt;
  std::string_view value;
  if (element->get(value)) return Wrong(key, "a string");
  return value;
}

Result<std::string_view> JsonFields::String(std::string_view key) const {
  SLUICE_TRY(const auto value, OptionalString(key));
  if (!value) return Fail(kind_, "field '{}' is missing", key);
  return *value;
}

Result<std::optional<std::int64_t>> JsonFields::OptionalInt(std::string_view key) const {
  const auto element = Find(key);
  if (!element) return std::nullopt;
  const auto value = ToInteger(*element);
  if (!value) return Wrong(key, "an integer of 64 bits");
  return value;
}

Result<std::int64_t> JsonFields::Int(std::string_view key) const {
  SLUICE_TRY(const auto value, OptionalInt(key));
  if (!value) return Fail(kind_, "field '{}' is missing", key);
  return *value;
}

Result<std::optional<bool>> JsonFields::OptionalBool(std::string_view key) const {
  const auto element = Find(key);
  if (!element) return std::nullopt;
  bool value = false;
  if (element->get(value)) return Wrong(key, "true or false");
  return value;
}

Result<std::optional<JsonFields>> JsonFields::OptionalObject(std::string_view key) const {
  const auto element = Find(key);
  if (!element) return std::nullopt;
  simdjson::dom::object value;
  if (element->get(value)) return Wrong(key, "an object");
  return JsonFields(value, kind_);
}

Result<JsonFields> JsonFields::Object(std::string_view key) const {
  SLUICE_TRY(const auto value, OptionalObject(key));
  if (!value) return Fail(kind_, "field '{}' is missing", key);
  return *value;
}

Result<std::optional<simdjson::dom::array>> JsonFields::OptionalArray(std::string_view key) const {
  const auto element = Find(key);
  if (!element) return std::nullopt;
  simdjson::dom::array value;
  if (element->get(value)) return Wrong(key, "an array");
  return value;
}

Result<std::vector<std::string>> JsonFields::Strings(std::string_view key) const {
  std::vector<std::string> out;
  SLUICE_TRY(const auto array, OptionalArray(key));
  if (!array) return out;
  for (const simdjson::dom::element element : *array) {
    std::string_view value;
    if (element.get(value)) return Wrong(key, "an array of strings");
    out.emplace_back(value);
  }
  return out;
}

Result<std::vector<std::pair<std::string, std::optional<std::string>>>> JsonFields::StringMap(
    std::string_view key) const {
  std::vector<std::pair<std::string, std::optional<std::string>>> out;
  SLUICE_TRY(const auto map, OptionalObject(key));
  if (!map) return out;
  for (const simdjson::dom::key_value_pair field : map->object()) {
    std::string_view value;
    if (field.value.is_null()) {
      out.emplace_back(field.key, std::nullopt);
    } else if (!field.value.get(value)) {
      out.emplace_back(field.key, std::string(value));
    } else {
      return Wrong(key, "an object of strings");
    }
  }
  return out;
}

}  // namespace sluice::protocol
