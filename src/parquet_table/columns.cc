#include "parquet_table/columns.h"

#include <arrow/extension_type.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/ascii.h"

namespace sluice::parquet_table {
namespace {

using arrow::Type;
using delta::DataType;
using delta::Field;
using parquet::arrow::SchemaField;
using Kind = DataType::Kind;

constexpr int kMaxDepth = 100;

DataType Decimal(int precision, int scale) {
  DataType type;
  type.kind = Kind::kDecimal;
  type.precision = precision;
  type.scale = scale;
  return type;
}

DataType Simple(Kind kind) {
  DataType type;
  type.kind = kind;
  return type;
}

class Reader {
 public:
  explicit Reader(const parquet::SchemaDescriptor& schema) : schema_(schema) {}

  Result<Field> Read(const SchemaField& source, std::string name, int depth) const {
    Field field;
    field.physical_name = name;
    field.name = std::move(name);
    auto type = ReadType(source, depth);
    if (!type) return Fail(std::move(type).error());
    field.type = std::make_shared<const DataType>(*std::move(type));
    return field;
  }

  Result<std::vector<Field>> ReadAll(const std::vector<SchemaField>& sources, int depth) const {
    std::vector<Field> fields;
    fields.reserve(sources.size());
    for (const SchemaField& source : sources) {
      auto field = Read(source, source.field->name(), depth);
      if (!field) {
        return Fail(field.error().At(fmt::format("column '{}'", source.field->name())));
      }
      fields.push_back(*std::move(field));
    }
    SLUICE_RETURN_IF_ERROR(CheckNames(fields));
    return fields;
  }

 private:
  Result<DataType> ReadType(const SchemaField& source, int depth) const {
    if (depth > kMaxDepth) {
      return Fail(ErrorKind::kUnsupported, "types are nested deeper than {} levels", kMaxDepth);
    }
    const auto type = ValueType(source.field->type());
    switch (type->id()) {
      case Type::STRUCT: {
        DataType out = Simple(Kind::kStruct);
        SLUICE_TRY(out.fields, ReadAll(source.children, depth + 1));
        return out;
      }
      case Type::LIST:
      case Type::LARGE_LIST:
      case Type::FIXED_SIZE_LIST:
      case Type::LIST_VIEW:
      case Type::LARGE_LIST_VIEW:
        if (source.children.size() == 1) {
          return ReadParts(Kind::kArray, source.children, {"element"}, depth);
        }
        break;
      case Type::MAP:
        if (source.children.size() == 1 && source.children[0].children.size() == 2) {
          return ReadParts(Kind::kMap, source.children[0].children, {"key", "value"}, depth);
        }
        break;
      default:
        if (auto leaf = ReadLeaf(*type, source)) return *leaf;
        break;
    }
    return Fail(ErrorKind::kUnsupported, "tables have no type for {}",
                source.field->type()->ToString());
  }

  Result<DataType> ReadParts(Kind kind, const std::vector<SchemaField>& sources,
                             std::vector<std::string> names, int depth) const {
    DataType out = Simple(kind);
    for (std::size_t i = 0; i < names.size(); ++i) {
      SLUICE_TRY(Field part, Read(sources[i], names[i], depth + 1));
      part.nullable = names[i] != "key";
      out.fields.push_back(std::move(part));
    }
    return out;
  }

  std::optional<DataType> ReadLeaf(const arrow::DataType& type, const SchemaField& source) const {
    switch (type.id()) {
      case Type::BOOL:
        return Simple(Kind::kBoolean);
      case Type::INT8:
        return Simple(Kind::kByte);
      case Type::INT16:
      case Type::UINT8:
        return Simple(Kind::kShort);
      case Type::INT32:
      case Type::UINT16:
        return Simple(Kind::kInteger);
      case Type::INT64:
      case Type::UINT32:
        return Simple(Kind::kLong);
      case Type::UINT64:
        return Decimal(20, 0);
      case Type::FLOAT:
        return Simple(Kind::kFloat);
      case Type::DOUBLE:
        return Simple(Kind::kDouble);
      case Type::STRING:
      case Type::LARGE_STRING:
      case Type::STRING_VIEW:
        return Simple(Kind::kString);
      case Type::BINARY:
      case Type::LARGE_BINARY:
      case Type::BINARY_VIEW:
      case Type::FIXED_SIZE_BINARY:
        return Simple(Kind::kBinary);
      case Type::DATE32:
      case Type::DATE64:
        return Simple(Kind::kDate);
      case Type::TIMESTAMP:
        if (!source.is_leaf()) return std::nullopt;
        return Simple(IsInstant(*schema_.Column(source.column_index)) ? Kind::kTimestamp
                                                                      : Kind::kTimestampNtz);
      case Type::DECIMAL32:
      case Type::DECIMAL64:
      case Type::DECIMAL128:
      case Type::DECIMAL256: {
        const auto& decimal = static_cast<const arrow::DecimalType&>(type);
        const bool fits = decimal.precision() <= 38 && decimal.scale() >= 0 &&
                          decimal.scale() <= decimal.precision();
        if (!fits) return std::nullopt;
        return Decimal(decimal.precision(), decimal.scale());
      }
      case Type::NA:
        return Simple(Kind::kVoid);
      default:
        return std::nullopt;
    }
  }

  const parquet::SchemaDescriptor& schema_;
};

bool HasKind(const DataType& type, Kind kind) {
  return type.kind == kind ||
         std::any_of(type.fields.begin(), type.fields.end(),
                     [&](const Field& field) { return HasKind(*field.type, kind); });
}

}  // namespace

std::shared_ptr<arrow::DataType> ValueType(const std::shared_ptr<arrow::DataType>& type) {
  if (type->id() == Type::EXTENSION) {
    return ValueType(static_cast<const arrow::ExtensionType&>(*type).storage_type());
  }
  if (type->id() == Type::DICTIONARY) {
    return ValueType(static_cast<const arrow::DictionaryType&>(*type).value_type());
  }
  return type;
}

bool IsInstant(const parquet::ColumnDescriptor& leaf) {
  if (leaf.physical_type() == parquet::Type::INT96) return true;
  const auto& logical = leaf.logical_type();
  return logical != nullptr && logical->is_timestamp() &&
         static_cast<const parquet::TimestampLogicalType&>(*logical).is_adjusted_to_utc();
}

Status CheckNames(const std::vector<Field>& fields) {
  std::map<std::string, const Field*> folded;
  for (const Field& field : fields) {
    const auto [other, added] = folded.try_emplace(ToLower(field.name), &field);
    if (added) continue;
    return Fail(ErrorKind::kUnsupported,
                "columns '{}' and '{}': names of a table differ in more than case",
                other->second->name, field.name);
  }
  return {};
}

bool HasTimestampNtz(const std::vector<Field>& fields) {
  return std::any_of(fields.begin(), fields.end(),
                     [](const Field& field) { return HasKind(*field.type, Kind::kTimestampNtz); });
}

Result<std::vector<Field>> ReadColumns(const parquet::arrow::SchemaManifest& manifest) {
  return Reader(*manifest.descr).ReadAll(manifest.schema_fields, 0);
}

}  // namespace sluice::parquet_table
