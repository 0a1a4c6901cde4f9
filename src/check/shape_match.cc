#include <algorithm>

#include "base/uri.h"
#include "check/judge.h"

namespace sluice::check {
namespace {

namespace json = boost::json;
using protocol::Field;
using protocol::FieldType;

bool IsStrings(const json::value& value) {
  const auto* array = value.if_array();
  return array != nullptr && std::all_of(array->begin(), array->end(),
                                         [](const json::value& item) { return item.is_string(); });
}

bool IsStringMap(const json::value& value, bool nulls) {
  const auto* object = value.if_object();
  return object != nullptr &&
         std::all_of(object->begin(), object->end(), [&](const json::key_value_pair& pair) {
           return pair.value().is_string() || (nulls && pair.value().is_null());
         });
}

bool IsJsonText(const json::value& value) {
  if (!value.is_string()) return false;
  json::error_code error;
  json::parse(value.get_string(), error);
  return !error;
}

/// Boost.JSON keeps large positive numbers apart.
bool IsInteger(const json::value& value, const Field& field) {
  if (!value.is_int64()) return false;
  return value.get_int64() >= field.minimum && value.get_int64() <= field.maximum;
}

/// What the value should have been; empty when it is that.
std::string_view Mismatch(const json::value& value, const Field& field) {
  switch (field.type) {
    case FieldType::kString:
    case FieldType::kTimestamp:
      return value.is_string() ? "" : "a string";
    case FieldType::kInteger:
      return IsInteger(value, field) ? "" : "an integer in its range";
    case FieldType::kBoolean:
      return value.is_bool() ? "" : "true or false";
    case FieldType::kUrl:
      return value.is_string() && ParseUri(value.get_string()) ? "" : "an absolute URL";
    case FieldType::kJson:
      return IsJsonText(value) ? "" : "a string that holds JSON";
    case FieldType::kStrings:
      return IsStrings(value) ? "" : "an array of strings";
    case FieldType::kStringMap:
      return IsStringMap(value, false) ? "" : "an object whose values are strings";
    case FieldType::kPartitionValues:
      return IsStringMap(value, true) ? "" : "an object whose values are strings or null";
    case FieldType::kObject:
      return value.is_object() ? "" : "an object";
    case FieldType::kObjects:
      return value.is_array() ? "" : "an array";
  }
  return "";
}

Finding ExpectInner(const json::value& value, const Field& field, const std::string& place) {
  if (field.type == FieldType::kObject) return ExpectShape(value, *field.shape, place);
  if (field.type != FieldType::kObjects) return {};
  std::size_t index = 0;
  for (const json::value& item : value.get_array()) {
    SLUICE_RETURN_IF_ERROR(ExpectShape(item, *field.shape, fmt::format("{}[{}]", place, index++)));
  }
  return {};
}

}  // namespace

Finding ExpectShape(const json::value& value, const protocol::Shape& shape,
                    std::string_view place) {
  const json::object* object = value.if_object();
  if (object == nullptr) return Violated("{} is no JSON object", place);
  std::size_t known = 0;
  for (const Field& field : shape.fields) {
    const json::value* found = object->if_contains(field.name);
    if (found == nullptr || found->is_null()) {
      if (!field.required) continue;
      return Violated("{} has no field '{}'", place, field.name);
    }
    ++known;
    if (const auto wanted = Mismatch(*found, field); !wanted.empty()) {
      // A URL carries its signature, so values are not shown.
      return Violated("{}: '{}' is not {}", place, field.name, wanted);
    }
    SLUICE_RETURN_IF_ERROR(ExpectInner(*found, field, fmt::format("{}.{}", place, field.name)));
  }
  if (shape.one_of && known != 1) {
    return Violated("{} has {} of the fields of which it must have exactly one", place, known);
  }
  return {};
}

}  // namespace sluice::check
