// FindField, declared in column_adapter.h.
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/schema.h>

#include <charconv>

#include "base/ascii.h"
#include "client/column_adapter.h"

namespace sluice::client {
namespace {

using parquet::arrow::SchemaField;

std::optional<std::int32_t> FieldIdOf(const SchemaField& field) {
  const auto& metadata = field.field->metadata();
  if (metadata == nullptr) return std::nullopt;
  const auto text = metadata->Get("PARQUET:field_id");
  if (!text.ok()) return std::nullopt;
  std::int32_t id = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), id);
  if (parsed.ec != std::errc()) return std::nullopt;
  return id;
}

Result<const SchemaField*> FindById(const delta::Field& want, const std::vector<SchemaField>& have,
                                    bool* has_ids) {
  const SchemaField* found = nullptr;
  for (const SchemaField& field : have) {
    const auto id = FieldIdOf(field);
    if (!id) continue;
    *has_ids = true;
    if (id != want.field_id) continue;
    if (found != nullptr) {
      return Fail(ErrorKind::kCorrupt, "the file has field id {} twice", *id);
    }
    found = &field;
  }
  return found;
}

const SchemaField* FindExactly(const std::string& name, const std::vector<SchemaField>& have) {
  for (const SchemaField& field : have) {
    if (field.field->name() == name) return &field;
  }
  return nullptr;
}

Result<const SchemaField*> FindWithoutCase(const std::string& name,
                                           const std::vector<SchemaField>& have) {
  const SchemaField* found = nullptr;
  for (const SchemaField& field : have) {
    if (!EqualsIgnoreCase(field.field->name(), name)) continue;
    if (found != nullptr) {
      return Fail(ErrorKind::kCorrupt, "the file has '{}' and '{}', and the table only '{}'",
                  found->field->name(), field.field->name(), name);
    }
    found = &field;
  }
  return found;
}

}  // namespace

Result<const SchemaField*> FindField(const delta::Field& want, const std::vector<SchemaField>& have,
                                     delta::ColumnMappingMode mapping) {
  if (mapping == delta::ColumnMappingMode::kId && want.field_id) {
    bool has_ids = false;
    SLUICE_TRY(const SchemaField* by_id, FindById(want, have, &has_ids));
    // Physical names are unique too; files of writers that leave ids out have only those.
    if (by_id != nullptr || has_ids) return by_id;
  }
  if (const SchemaField* exact = FindExactly(want.physical_name, have); exact != nullptr) {
    return exact;
  }
  if (mapping != delta::ColumnMappingMode::kNone) return nullptr;
  return FindWithoutCase(want.physical_name, have);
}

}  // namespace sluice::client
