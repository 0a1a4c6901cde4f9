#include "client/file_skipper.h"

#include <algorithm>

#include "client/column_adapter.h"
#include "client/scan_plan.h"
#include "delta/column_path.h"
#include "delta/file_batch_builder.h"

namespace sluice::client {
namespace {

using Kind = delta::DataType::Kind;

/// As data files name it, down to the last field.
delta::Field Physical(const delta::Field& field) {
  delta::Field out = field;
  out.name = field.physical_name;
  auto type = std::make_shared<delta::DataType>(*field.type);
  if (type->kind == Kind::kStruct) {
    for (delta::Field& child : type->fields) child = Physical(child);
  }
  out.type = std::move(type);
  return out;
}

/// A file in a narrower type, or with other fields, does not say what it says of the table's.
bool HasTypeOf(const delta::Field& physical, const parquet::arrow::SchemaField& have) {
  return have.field->type()->Equals(delta::ToArrowType(*physical.type));
}

void AddOnce(const delta::Field* field, std::vector<const delta::Field*>* fields) {
  if (std::find(fields->begin(), fields->end(), field) == fields->end()) fields->push_back(field);
}

std::vector<std::string> NamesOf(const std::vector<const delta::Field*>& fields) {
  std::vector<std::string> names;
  names.reserve(fields.size());
  for (const delta::Field* field : fields) names.push_back(field->physical_name);
  return names;
}

}  // namespace

delta::FileFilter FileSkipper::Bind(const predicate::Expression& predicate) const {
  delta::FileFilterOptions options;
  options.timestamps = {.utc = true, .exact = true};
  return delta::FileFilter::Bind(predicate, schema_, metadata_, options);
}

Result<std::shared_ptr<const FileSkipper>> FileSkipper::Make(predicate::ExpressionPtr predicate,
                                                             const TableInfo& table) {
  SLUICE_TRY(delta::Schema schema, SchemaOf(table.metadata));
  std::shared_ptr<FileSkipper> skipper(new FileSkipper(std::move(predicate), std::move(schema)));
  skipper->metadata_.partition_columns = table.metadata.partition_columns;
  skipper->filter_ = skipper->Bind(*skipper->predicate_);
  for (const std::string& name : table.metadata.partition_columns) {
    const delta::Field* field = skipper->schema_.Find(name);
    if (field != nullptr) skipper->partition_fields_.push_back(field);
  }
  for (const predicate::Column* column : predicate::ColumnsOf(*skipper->predicate_)) {
    const auto path = delta::FindColumnPath(skipper->schema_.fields, *column);
    if (!path.empty()) AddOnce(path.front(), &skipper->judged_fields_);
  }
  return skipper;
}

bool FileSkipper::MayMatch(const protocol::File& file) const {
  return Judge(*filter_, file.partition_values, {file.stats}).front();
}

JudgedColumns FileSkipper::ColumnsIn(const parquet::arrow::SchemaManifest& manifest) const {
  JudgedColumns columns;
  for (const delta::Field* field : judged_fields_) {
    const auto have = FindField(*field, manifest.schema_fields, schema_.mapping);
    if (!have || *have == nullptr) continue;
    delta::Field physical = Physical(*field);
    if (!HasTypeOf(physical, **have)) continue;
    columns.manifest.schema_fields.push_back(**have);
    columns.fields.push_back(std::move(physical));
  }
  return columns;
}

std::vector<bool> FileSkipper::MayMatch(const predicate::Expression& predicate,
                                        const PartitionValues& values,
                                        const std::vector<std::string>& stats) const {
  const std::vector<std::optional<std::string>> texts(stats.begin(), stats.end());
  if (&predicate == predicate_.get()) return Judge(*filter_, values, texts);
  return Judge(Bind(predicate), values, texts);
}

std::vector<bool> FileSkipper::Judge(const delta::FileFilter& filter, const PartitionValues& values,
                                     const std::vector<std::optional<std::string>>& stats) const {
  std::vector<bool> may_match(stats.size(), true);
  delta::AddFile add;
  for (const delta::Field* field : partition_fields_) {
    const auto value = FindPartitionValue(*field, values);
    add.partition_values.emplace_back(field->physical_name, value);
  }
  delta::FileBatchBuilder builder(NamesOf(partition_fields_));
  for (const auto& text : stats) {
    add.stats = text;
    if (!builder.Append(add)) return may_match;
  }
  const auto batches = builder.Finish();
  if (!batches) return may_match;
  std::size_t next = 0;
  for (const delta::LiveBatch& batch : *batches) {
    const auto selection = filter.Select(batch);
    for (std::int64_t row = 0; row < batch.files->num_rows(); ++row) {
      may_match[next++] = delta::GetBit(selection.some, row);
    }
  }
  return may_match;
}

}  // namespace sluice::client
