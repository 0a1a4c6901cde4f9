#include "delta/schema_json.h"

#include <simdjson.h>

#include <array>
#include <charconv>

namespace sluice::delta {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;
using Kind = DataType::Kind;

constexpr int kMaxDepth = 100;
constexpr std::size_t kMaxSchemaBytes = std::size_t{64} << 20;

struct Primitive {
  std::string_view name;
  Kind kind;
};

constexpr std::array<Primitive, 16> kPrimitives{{
    {"string", Kind::kString},
    {"long", Kind::kLong},
    {"integer", Kind::kInteger},
    {"short", Kind::kShort},
    {"byte", Kind::kByte},
    {"float", Kind::kFloat},
    {"double", Kind::kDouble},
    {"boolean", Kind::kBoolean},
    {"binary", Kind::kBinary},
    {"date", Kind::kDate},
    {"timestamp", Kind::kTimestamp},
    {"timestamp_ntz", Kind::kTimestampNtz},
    {"variant", Kind::kVariant},
    {"void", Kind::kVoid},
    {"null", Kind::kVoid},
    {"decimal", Kind::kDecimal},
}};

using TypePtr = std::shared_ptr<const DataType>;

TypePtr MakeType(Kind kind, std::vector<Field> fields = {}) {
  auto type = std::make_shared<DataType>();
  type->kind = kind;
  type->fields = std::move(fields);
  return type;
}

Field MakeElement(std::string name, TypePtr type, bool nullable) {
  Field field;
  field.name = name;
  field.physical_name = std::move(name);
  field.nullable = nullable;
  field.type = std::move(type);
  return field;
}

/// Splits "decimal(10,2)" or "varchar(20)" into name and numbers; false when it is neither.
bool SplitParameters(std::string_view text, std::string_view* name, std::vector<int>* numbers) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || text.back() != ')') return false;
  *name = text.substr(0, open);
  std::string_view rest = text.substr(open + 1, text.size() - open - 2);
  for (;;) {
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    int number = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (parsed.ec != std::errc()) return false;
    numbers->push_back(number);
    rest.remove_prefix(static_cast<std::size_t>(parsed.ptr - rest.data()));
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    if (rest.empty()) return true;
    if (rest.front() != ',') return false;
    rest.remove_prefix(1);
  }
}

Result<TypePtr> ParsePrimitive(std::string_view text) {
  for (const Primitive& primitive : kPrimitives) {
    if (primitive.name != text) continue;
    auto type = std::make_shared<DataType>();
    type->kind = primitive.kind;
    if (primitive.kind == Kind::kDecimal) type->precision = 10;
    return TypePtr(std::move(type));
  }
  std::string_view name;
  std::vector<int> numbers;
  if (!text.empty() && SplitParameters(text, &name, &numbers)) {
    if (name == "decimal" && numbers.size() == 2) {
      auto type = std::make_shared<DataType>();
      type->kind = Kind::kDecimal;
      type->precision = numbers[0];
      type->scale = numbers[1];
      if (type->precision < 1 || type->precision > 38 || type->scale < 0 ||
          type->scale > type->precision) {
        return Fail(ErrorKind::kCorrupt, "type '{}' has no valid precision and scale",
                    text.substr(0, 64));
      }
      return TypePtr(std::move(type));
    }
    if ((name == "char" || name == "varchar") && numbers.size() == 1) {
      return MakeType(Kind::kString);
    }
  }
  return Fail(ErrorKind::kUnsupported, "type '{}' is not supported", text.substr(0, 64));
}

class SchemaReader {
 public:
  explicit SchemaReader(ColumnMappingMode mapping) : mapping_(mapping) {}

  Result<std::vector<Field>> ReadStruct(const object& json, int depth) {
    simdjson::dom::array items;
    if (json["fields"].get(items) != simdjson::SUCCESS) {
      return Fail(ErrorKind::kCorrupt, "a struct has no list 'fields'");
    }
    std::vector<Field> fields;
    fields.reserve(items.size());
    for (const element item : items) {
      object field;
      if (item.get(field) != simdjson::SUCCESS) {
        return Fail(ErrorKind::kCorrupt, "field {} is no JSON object", fields.size());
      }
      SLUICE_TRY(Field read, ReadField(field, depth));
      fields.push_back(std::move(read));
    }
    return fields;
  }

 private:
  Result<Field> ReadField(const object& json, int depth) {
    std::string_view name;
    if (json["name"].get(name) != simdjson::SUCCESS) {
      return Fail(ErrorKind::kCorrupt, "a field has no 'name'");
    }
    Field field;
    field.name = name;
    field.physical_name = name;
    if (Status status = FillField(json, depth, &field); !status) {
      return Fail(status.error().At(fmt::format("field '{}'", name.substr(0, 128))));
    }
    return field;
  }

  Status FillField(const object& json, int depth, Field* field) {
    // Absent means nullable, as everywhere in the log.
    SLUICE_TRY(field->nullable, ReadFlag(json, "nullable"));
    object metadata;
    if (json["metadata"].get(metadata) == simdjson::SUCCESS) {
      SLUICE_RETURN_IF_ERROR(ReadFieldMetadata(metadata, field));
    } else if (mapping_ != ColumnMappingMode::kNone) {
      return Fail(ErrorKind::kCorrupt, "column mapping is on and the field has no metadata");
    }
    SLUICE_TRY(field->type, ReadTypeOf(json, "type", depth));
    return {};
  }

  Status ReadFieldMetadata(const object& metadata, Field* field) {
    std::int64_t id = 0;
    if (metadata["delta.columnMapping.id"].get(id) == simdjson::SUCCESS) {
      if (id < 0 || id > std::numeric_limits<std::int32_t>::max()) {
        return Fail(ErrorKind::kCorrupt, "delta.columnMapping.id {} is out of range", id);
      }
      field->field_id = static_cast<std::int32_t>(id);
    }
    simdjson::dom::array changes;
    if (metadata["delta.typeChanges"].get(changes) == simdjson::SUCCESS) {
      field->type_changed = changes.begin() != changes.end();
    }
    object collations;
    field->collated = metadata["__COLLATIONS"].get(collations) == simdjson::SUCCESS;
    if (mapping_ == ColumnMappingMode::kNone) return {};
    std::string_view physical;
    if (metadata["delta.columnMapping.physicalName"].get(physical) != simdjson::SUCCESS ||
        physical.empty()) {
      return Fail(ErrorKind::kCorrupt, "delta.columnMapping.physicalName is missing");
    }
    field->physical_name = physical;
    if (mapping_ == ColumnMappingMode::kId && !field->field_id) {
      return Fail(ErrorKind::kCorrupt, "delta.columnMapping.id is missing");
    }
    return {};
  }

  Result<bool> ReadFlag(const object& json, std::string_view name) {
    const auto found = json[name];
    bool flag = true;
    if (found.error() == simdjson::NO_SUCH_FIELD) return flag;
    if (found.get(flag) != simdjson::SUCCESS) {
      return Fail(ErrorKind::kCorrupt, "'{}' is neither true nor false", name);
    }
    return flag;
  }

  Result<TypePtr> ReadTypeOf(const object& json, std::string_view member, int depth) {
    element type;
    if (json[member].get(type) != simdjson::SUCCESS) {
      return Fail(ErrorKind::kCorrupt, "'{}' is missing", member);
    }
    return ReadType(type, depth + 1);
  }

  Result<TypePtr> ReadType(const element& json, int depth) {
    if (depth > kMaxDepth) {
      return Fail(ErrorKind::kCorrupt, "types are nested deeper than {} levels", kMaxDepth);
    }
    std::string_view text;
    if (json.get(text) == simdjson::SUCCESS) return ParsePrimitive(text);
    object complex;
    if (json.get(complex) != simdjson::SUCCESS || complex["type"].get(text) != simdjson::SUCCESS) {
      return Fail(ErrorKind::kCorrupt, "a type is neither a name nor an object with 'type'");
    }
    if (text == "struct") {
      SLUICE_TRY(auto fields, ReadStruct(complex, depth));
      return MakeType(Kind::kStruct, std::move(fields));
    }
    if (text == "array") return ReadArray(complex, depth);
    if (text == "map") return ReadMap(complex, depth);
    return Fail(ErrorKind::kUnsupported, "type '{}' is not supported", text.substr(0, 64));
  }

  Result<TypePtr> ReadArray(const object& json, int depth) {
    SLUICE_TRY(TypePtr element_type, ReadTypeOf(json, "elementType", depth));
    SLUICE_TRY(const bool nullable, ReadFlag(json, "containsNull"));
    return MakeType(Kind::kArray, {MakeElement("element", std::move(element_type), nullable)});
  }

  Result<TypePtr> ReadMap(const object& json, int depth) {
    SLUICE_TRY(TypePtr key, ReadTypeOf(json, "keyType", depth));
    SLUICE_TRY(TypePtr value, ReadTypeOf(json, "valueType", depth));
    SLUICE_TRY(const bool nullable, ReadFlag(json, "valueContainsNull"));
    return MakeType(Kind::kMap, {MakeElement("key", std::move(key), false),
                                 MakeElement("value", std::move(value), nullable)});
  }

  const ColumnMappingMode mapping_;
};

}  // namespace

Result<std::vector<Field>> ParseSchemaJson(std::string_view json, ColumnMappingMode mapping) {
  if (json.size() > kMaxSchemaBytes) {
    return Fail(ErrorKind::kTooLarge, "{} bytes of JSON are more than {}", json.size(),
                kMaxSchemaBytes);
  }
  simdjson::dom::parser parser;
  element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root); error) {
    return Fail(ErrorKind::kCorrupt, "not JSON: {}", simdjson::error_message(error));
  }
  object top;
  std::string_view type;
  if (root.get(top) != simdjson::SUCCESS || top["type"].get(type) != simdjson::SUCCESS ||
      type != "struct") {
    return Fail(ErrorKind::kCorrupt, "not a JSON object of type struct");
  }
  return SchemaReader(mapping).ReadStruct(top, 0);
}

}  // namespace sluice::delta
