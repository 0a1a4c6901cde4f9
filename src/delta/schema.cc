#include "delta/schema.h"

#include "base/ascii.h"
#include "delta/schema_json.h"

namespace sluice::delta {
namespace {

Result<ColumnMappingMode> MappingModeOf(const Metadata& metadata) {
  const std::string* mode = metadata.Property("delta.columnMapping.mode");
  if (mode == nullptr || EqualsIgnoreCase(*mode, "none")) return ColumnMappingMode::kNone;
  if (EqualsIgnoreCase(*mode, "name")) return ColumnMappingMode::kName;
  if (EqualsIgnoreCase(*mode, "id")) return ColumnMappingMode::kId;
  return Fail(ErrorKind::kUnsupported, "delta.columnMapping.mode '{}' is none of none, name, id",
              mode->substr(0, 64));
}

std::shared_ptr<arrow::DataType> PrimitiveToArrow(const DataType& type) {
  using Kind = DataType::Kind;
  switch (type.kind) {
    case Kind::kLong:
      return arrow::int64();
    case Kind::kInteger:
      return arrow::int32();
    case Kind::kShort:
      return arrow::int16();
    case Kind::kByte:
      return arrow::int8();
    case Kind::kFloat:
      return arrow::float32();
    case Kind::kDouble:
      return arrow::float64();
    case Kind::kDecimal:
      return arrow::decimal128(type.precision, type.scale);
    case Kind::kBoolean:
      return arrow::boolean();
    case Kind::kBinary:
      return arrow::binary();
    case Kind::kDate:
      return arrow::date32();
    case Kind::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case Kind::kTimestampNtz:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case Kind::kVoid:
      return arrow::null();
    default:
      return arrow::utf8();
  }
}

std::shared_ptr<arrow::Field> ToArrowField(const Field& field) {
  return arrow::field(field.name, ToArrowType(*field.type), field.nullable);
}

}  // namespace

const Field* Schema::Find(std::string_view name) const {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
  }
  for (const Field& field : fields) {
    if (EqualsIgnoreCase(field.name, name)) return &field;
  }
  return nullptr;
}

Result<Schema> ParseSchema(const Metadata& metadata) {
  Schema schema;
  SLUICE_TRY(schema.mapping, MappingModeOf(metadata));
  // Old writers log a table that has no column yet without any schema.
  if (metadata.schema_string.empty()) return schema;
  auto fields = ParseSchemaJson(metadata.schema_string, schema.mapping);
  if (!fields) return Fail(fields.error().At("schemaString"));
  schema.fields = *std::move(fields);
  return schema;
}

std::shared_ptr<arrow::DataType> ToArrowType(const DataType& type) {
  using Kind = DataType::Kind;
  switch (type.kind) {
    case Kind::kVariant:
      return arrow::struct_({arrow::field("metadata", arrow::binary(), false),
                             arrow::field("value", arrow::binary(), false)});
    case Kind::kStruct: {
      arrow::FieldVector fields;
      fields.reserve(type.fields.size());
      for (const Field& field : type.fields) fields.push_back(ToArrowField(field));
      return arrow::struct_(std::move(fields));
    }
    case Kind::kArray:
      return arrow::list(ToArrowField(type.fields[0]));
    case Kind::kMap:
      return std::make_shared<arrow::MapType>(ToArrowField(type.fields[0]),
                                              ToArrowField(type.fields[1]));
    default:
      return PrimitiveToArrow(type);
  }
}

std::shared_ptr<arrow::Schema> ToArrowSchema(const Schema& schema) {
  arrow::FieldVector fields;
  fields.reserve(schema.fields.size());
  for (const Field& field : schema.fields) fields.push_back(ToArrowField(field));
  return arrow::schema(std::move(fields));
}

}  // namespace sluice::delta
