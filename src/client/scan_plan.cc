#include "client/scan_plan.h"

#include <algorithm>
#include <set>

#include "base/ascii.h"
#include "client/reader_features.h"
#include "client/text_form.h"
#include "delta/column_path.h"

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

std::string NamesOf(const std::vector<ScanColumn>& columns) {
  std::string names;
  for (std::size_t i = 0; i < std::min(columns.size(), kMaxNamedColumns); ++i) {
    if (i > 0) names += ", ";
    names += columns[i].field.name;
  }
  if (columns.size() > kMaxNamedColumns) {
    names += fmt::format(" and {} more", columns.size() - kMaxNamedColumns);
  }
  return names;
}

/// Exact case first, then without case. Null when there is none.
const ScanColumn* Find(const std::vector<ScanColumn>& columns, const std::string& name) {
  for (const ScanColumn& column : columns) {
    if (column.field.name == name) return &column;
  }
  for (const ScanColumn& column : columns) {
    if (EqualsIgnoreCase(column.field.name, name)) return &column;
  }
  return nullptr;
}

Result<std::vector<const ScanColumn*>> Choose(const std::vector<ScanColumn>& all,
                                              const std::vector<std::string>& names) {
  std::vector<const ScanColumn*> chosen;
  for (const std::string& name : names) {
    const ScanColumn* column = Find(all, name);
    if (column == nullptr) {
      return Fail(ErrorKind::kInvalidArgument, "the table has no column '{}'; it has {}", name,
                  NamesOf(all));
    }
    if (std::find(chosen.begin(), chosen.end(), column) != chosen.end()) {
      return Fail(ErrorKind::kInvalidArgument, "column '{}' is asked for twice",
                  column->field.name);
    }
    chosen.push_back(column);
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

std::vector<ScanColumn> TableColumns(const delta::Schema& schema,
                                     const std::set<std::string>& partitions) {
  std::vector<ScanColumn> columns;
  for (const delta::Field& field : schema.fields) {
    ScanColumn column;
    column.field = field;
    column.field.nullable = true;
    column.field.type = NullableType(*field.type);
    if (partitions.contains(field.name)) column.source = ColumnSource::kPartition;
    columns.push_back(std::move(column));
  }
  return columns;
}

Status AddChangeColumns(CommitTimeForm form, std::vector<ScanColumn>* columns) {
  using Kind = delta::DataType::Kind;
  const auto add = [columns](std::string_view name, Kind kind, ColumnSource source) -> Status {
    ScanColumn column;
    column.field.name = name;
    column.field.physical_name = name;
    auto type = std::make_shared<delta::DataType>();
    type->kind = kind;
    column.field.type = std::move(type);
    column.source = source;
    if (Find(*columns, column.field.name) != nullptr) {
      return Fail(ErrorKind::kUnsupported,
                  "the table has a column '{}' of its own, so that its changes cannot be told",
                  name);
    }
    columns->push_back(std::move(column));
    return {};
  };
  const bool number = form == CommitTimeForm::kMilliseconds;
  SLUICE_RETURN_IF_ERROR(add("_change_type", Kind::kString, ColumnSource::kChangeType));
  SLUICE_RETURN_IF_ERROR(add("_commit_version", Kind::kLong, ColumnSource::kCommitVersion));
  return add("_commit_timestamp", number ? Kind::kLong : Kind::kTimestamp,
             ColumnSource::kCommitTime);
}

std::vector<delta::Field> FieldsOf(const std::vector<ScanColumn>& columns) {
  std::vector<delta::Field> fields;
  fields.reserve(columns.size());
  for (const ScanColumn& column : columns) fields.push_back(column.field);
  return fields;
}

/// `all` are the columns of the table, of which the plan may not have those that the filter names.
Status AddFilter(const predicate::ExpressionPtr& filter, const TableInfo& table,
                 const std::vector<ScanColumn>& all, ScanPlan* plan) {
  const std::vector<delta::Field> fields = FieldsOf(all);
  // For the error, where a column is not there.
  SLUICE_RETURN_IF_ERROR(RowFilter::Bind(*filter, fields));
  std::set<std::string> used;
  for (const predicate::Column* column : predicate::ColumnsOf(*filter)) {
    used.insert(delta::FindColumnPath(fields, *column).front()->name);
  }
  for (const ScanColumn& column : all) {
    const auto is_same = [&column](const ScanColumn& planned) {
      return planned.field.name == column.field.name;
    };
    const bool planned = std::any_of(plan->columns.begin(), plan->columns.end(), is_same);
    if (used.contains(column.field.name) && !planned) plan->columns.push_back(column);
  }
  for (const ScanColumn& column : plan->columns) {
    plan->filter_uses.push_back(used.contains(column.field.name));
  }
  SLUICE_TRY(plan->filter, RowFilter::Bind(*filter, FieldsOf(plan->columns)));
  SLUICE_TRY(plan->skipper, FileSkipper::Make(filter, table));
  return {};
}

}  // namespace

Result<delta::Schema> SchemaOf(const protocol::MetadataLine& line) {
  delta::Metadata metadata;
  metadata.schema_string = line.schema_string;
  metadata.configuration = line.configuration;
  return delta::ParseSchema(metadata);
}

Result<std::shared_ptr<arrow::Schema>> ArrowSchemaOf(const TableInfo& table) {
  SLUICE_TRY(const delta::Schema schema, SchemaOf(table.metadata));
  return delta::ToArrowSchema(schema);
}

TextForm ScanPlan::FormOfColumn(std::size_t index) const {
  const auto field = static_cast<int>(index);
  if (field >= schema->num_fields() || (filter != nullptr && filter_uses[index])) {
    return TextForm::kUtf8;
  }
  return TextFormOf(*schema->field(field)->type());
}

bool ScanPlan::ReadsFile(bool of_changes) const {
  return std::any_of(columns.begin(), columns.end(), [of_changes](const ScanColumn& column) {
    return column.source == ColumnSource::kFile ||
           (of_changes && column.source == ColumnSource::kChangeType);
  });
}

Result<std::shared_ptr<const ScanPlan>> MakeScanPlan(const TableInfo& table,
                                                     const PlanRequest& request) {
  SLUICE_RETURN_IF_ERROR(CheckReadable(table));
  SLUICE_TRY(const delta::Schema schema, SchemaOf(table.metadata));
  SLUICE_TRY(const auto partitions, PartitionColumns(table, schema));
  std::vector<ScanColumn> all = TableColumns(schema, partitions);
  if (request.changes) SLUICE_RETURN_IF_ERROR(AddChangeColumns(*request.changes, &all));
  auto plan = std::make_shared<ScanPlan>();
  plan->mapping = schema.mapping;
  if (request.columns) {
    SLUICE_TRY(const auto chosen, Choose(all, *request.columns));
    for (const ScanColumn* column : chosen) plan->columns.push_back(*column);
  } else {
    plan->columns = all;
  }
  plan->schema = delta::ToArrowSchema({FieldsOf(plan->columns)});
  plan->schema = WithTexts(*plan->schema, request.texts);
  if (request.filter) SLUICE_RETURN_IF_ERROR(AddFilter(request.filter, table, all, plan.get()));
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
    if (EqualsIgnoreCase(key, field.name)) return value;
  }
  return std::nullopt;
}

}  // namespace sluice::client
