#include "protocol/openapi_schema.h"

namespace sluice::protocol {
namespace {

namespace json = boost::json;

json::object TypeSchema(const Field& field) {
  switch (field.type) {
    case FieldType::kString:
      return {{"type", "string"}};
    case FieldType::kInteger:
      return {{"type", "integer"}, {"format", "int64"}};
    case FieldType::kBoolean:
      return {{"type", "boolean"}};
    case FieldType::kTimestamp:
      return {{"type", "string"}, {"format", "date-time"}};
    case FieldType::kUrl:
      return {{"type", "string"}, {"format", "uri"}};
    case FieldType::kJson:
      return {{"type", "string"}, {"contentMediaType", "application/json"}};
    case FieldType::kStrings:
      return {{"type", "array"}, {"items", {{"type", "string"}}}};
    case FieldType::kStringMap:
      return {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
    case FieldType::kPartitionValues:
      return {{"type", "object"},
              {"additionalProperties", {{"type", json::array{"string", "null"}}}}};
    case FieldType::kObject:
      return ShapeReference(*field.shape);
    case FieldType::kObjects:
      return {{"type", "array"}, {"items", ShapeReference(*field.shape)}};
  }
  return {};
}

void AddRange(const Field& field, json::object* schema) {
  if (field.type != FieldType::kInteger) return;
  if (field.minimum != std::numeric_limits<std::int64_t>::min()) {
    (*schema)["minimum"] = field.minimum;
  }
  (*schema)["maximum"] = field.maximum;
}

/// What a body may hold in place of the plain type.
void AddBodyLeniency(const Field& field, json::object* schema) {
  json::array types{schema->at("type"), "null"};
  if (field.type == FieldType::kInteger) {
    types.emplace_back("string");
    (*schema)["pattern"] = "^[0-9]{1,18}$";
  }
  (*schema)["type"] = std::move(types);
}

/// What a parameter of the query may hold: the empty text.
void AddQueryLeniency(const Field& field, json::object* schema) {
  if (field.type == FieldType::kTimestamp) {
    schema->erase("format");
    (*schema)["anyOf"] = {{{"format", "date-time"}}, {{"maxLength", 0}}};
  } else if (field.type == FieldType::kInteger || field.type == FieldType::kBoolean) {
    json::array types{schema->at("type"), "string"};
    (*schema)["type"] = std::move(types);
    (*schema)["maxLength"] = 0;
  }
}

bool DescribesItself(FieldPlace place) {
  // Parameters and headers carry their description beside the schema.
  return place == FieldPlace::kAnswer || place == FieldPlace::kBody;
}

}  // namespace

json::object FieldSchema(const Field& field, FieldPlace place) {
  json::object schema = TypeSchema(field);
  AddRange(field, &schema);
  if (place == FieldPlace::kBody) AddBodyLeniency(field, &schema);
  if (place == FieldPlace::kQuery) AddQueryLeniency(field, &schema);
  if (DescribesItself(place)) schema["description"] = field.summary;
  return schema;
}

json::object ObjectSchema(std::span<const Field> fields, FieldPlace place) {
  json::object properties;
  json::array required;
  for (const auto& field : fields) {
    properties[field.name] = FieldSchema(field, place);
    if (field.required) required.emplace_back(field.name);
  }
  json::object schema{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

json::object ShapeReference(const Shape& shape) {
  return {{"$ref", "#/components/schemas/" + std::string(shape.name)}};
}

void AddShape(const Shape& shape, json::object* schemas) {
  if (schemas->contains(shape.name)) return;
  json::object schema = ObjectSchema(shape.fields, FieldPlace::kAnswer);
  schema["description"] = shape.summary;
  if (shape.one_of) {
    schema["minProperties"] = 1;
    schema["maxProperties"] = 1;
  }
  (*schemas)[shape.name] = std::move(schema);
  for (const auto& field : shape.fields) {
    if (field.shape != nullptr) AddShape(*field.shape, schemas);
  }
}

}  // namespace sluice::protocol
