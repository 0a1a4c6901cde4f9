#include "client/scan_plan.h"

#include <algorithm>
#include <set>

#include "client/reader_features.h"
#include "client/text.h"

namespace sluice::client {
namespace {

constexpr std::size_t kMaxNamedColumns = 50;

std::shared_ptr<const delta::DataType> NullableType(const delta::DataType& type) {
  auto out = std::make_shared<delta::DataType>(type);
  for (delta::Field& field : out->fields) {
    // Arrow's map type has no null keys.
    const bool is_key = type.kind == delta::DataType::Kind::kMap && &field == out->fields.data();
    field.nullable = !is_key;
    field.type = NullableType(*field.type);
  }
  return out;
}

std::string NamesOf(const delta::Schema& schema) {
  std::string names;
  for (std::size_t i = 0; i < std::min(schema.fields.size(), kMaxNamedColumns); ++i) {
    if (i > 0) names += ", ";
    names += schema.fields[i].name;
  }
  if (schema.fields.size() > kMaxNamedColumns) {
    names += fmt::format(" and {} more", schema.fields.size() - kMaxNamedColumns);
  }
  return names;
}

Result<std::vector<const delta::Field*>> Choose(const delta::Schema& schema,
                                                const std::vector<std::string>& columns) {
  std::vector<const delta::Field*> chosen;
  if (columns.empty()) {
    for (const delta::Field& field : schema.fields) chosen.push_back(&field);
    return chosen;
  }
  for (const std::string& name : columns) {
    const delta::Field* field = schema.Find(name);
    if (field == nullptr) {
      return Fail(ErrorKind::kInvalidArgument, "the table has no column '{}'; it has {}", name,
                  NamesOf(schema));
    }
    if (std::find(chosen.begin(), chosen.end(), field) != chosen.end()) {
      return Fail(ErrorKind::kInvalidArgument, "column '{}' is asked for twice", field->name);
    }
    chosen.push_back(field);
  }
  return chosen;
}

Result<std::set<std::string>> PartitionColumns(const TableInfo& table,
                                               const delta::Schema& schema) {
  std::set<std::string> names;
  for (const std::string& name : table.metadata.partition_columns) {
    const delta::Field* field = schema.Find(name);
    if (field == nullptr) {
      return Fail(ErrorKind::kCorrupt, "partition column '{}' is not in the table's schema", name);
    }
    names.insert(field->name);
  }
  return names;
}

Result<delta::Schema> SchemaOf(const TableInfo& table) {
  delta::Metadata metadata;
  metadata.schema_string = table.metadata.schema_string;
  metadata.configuration = table.metadata.configuration;
  return delta::ParseSchema(metadata);
}

}  // namespace

Result<std::shared_ptr<arrow::Schema>> ArrowSchemaOf(const TableInfo& table) {
  SLUICE_TRY(const delta::Schema schema, SchemaOf(table));
  return delta::ToArrowSchema(schema);
}

Result<std::shared_ptr<const ScanPlan>> MakeScanPlan(const TableInfo& table,
                                                     const std::vector<std::string>& columns) {
  SLUICE_RETURN_IF_ERROR(CheckReadable(table));
  SLUICE_TRY(const delta::Schema schema, SchemaOf(table));
  SLUICE_TRY(const auto chosen, Choose(schema, columns));
  SLUICE_TRY(const auto partitions, PartitionColumns(table, schema));
  auto plan = std::make_shared<ScanPlan>();
  plan->mapping = schema.mapping;
  delta::Schema output;
  for (const delta::Field* field : chosen) {
    ScanColumn column;
    column.field = *field;
    column.field.nullable = true;
    column.field.type = NullableType(*field->type);
    column.is_partition = partitions.contains(field->name);
    output.fields.push_back(column.field);
    plan->columns.push_back(std::move(column));
  }
  plan->schema = delta::ToArrowSchema(output);
  return plan;
}

std::optional<std::string_view> FindPartitionValue(
    const delta::Field& field,
    const std::vector<std::pair<std::string, std::optional<std::string>>>& values) {
  for (const std::string* name : {&field.physical_name, &field.name}) {
    for (const auto& [key, value] : values) {
      if (key == *name) return value;
    }
  }
  for (const auto& [key, value] : values) {
    if (ToLower(key) == ToLower(field.name)) return value;
  }
  return std::nullopt;
}

}  // namespace sluice::client
