#include "parquet_table/schema_merge.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "delta/schema_json.h"

namespace sluice::parquet_table {
namespace {

using delta::DataType;
using delta::Field;
using Kind = DataType::Kind;

bool IsNested(const DataType& type) {
  return type.kind == Kind::kStruct || type.kind == Kind::kArray || type.kind == Kind::kMap;
}

/// Of types without types in them.
bool IsSame(const DataType& a, const DataType& b) {
  return a.kind == b.kind && a.precision == b.precision && a.scale == b.scale;
}

std::string PathOf(std::string_view above, std::string_view name) {
  return above.empty() ? std::string(name) : fmt::format("{}.{}", above, name);
}

}  // namespace

/// Origins are kept of each place where types may differ.
void SchemaMerge::Remember(const Field& field, const std::string& path, std::string_view file) {
  origins_.insert_or_assign(ToLower(path), Origin{std::string(file), path});
  for (const Field& inner : field.type->fields) Remember(inner, PathOf(path, inner.name), file);
}

Status SchemaMerge::AddType(const Field& more, const Origin& here, Field* field) {
  if (more.type->kind == Kind::kVoid) return {};
  if (field->type->kind == Kind::kVoid) {
    field->type = more.type;
    Remember(*field, here.path, here.file);
    return {};
  }
  if (more.type->kind == field->type->kind && IsNested(*more.type)) {
    auto merged = std::make_shared<DataType>(*field->type);
    SLUICE_RETURN_IF_ERROR(AddFields(more.type->fields, here.path, here.file, &merged->fields));
    field->type = std::move(merged);
    return {};
  }
  if (IsSame(*more.type, *field->type)) return {};
  return Fail(ErrorKind::kUnsupported, "column '{}' is {} in '{}' and {} in '{}'", here.path,
              delta::TypeText(*field->type), origins_[ToLower(here.path)].file,
              delta::TypeText(*more.type), here.file);
}

Status SchemaMerge::AddFields(const std::vector<Field>& more, std::string_view above,
                              std::string_view file, std::vector<Field>* fields) {
  for (const Field& field : more) {
    const Origin here{std::string(file), PathOf(above, field.name)};
    const auto origin = origins_.find(ToLower(here.path));
    if (origin == origins_.end()) {
      fields->push_back(field);
      Remember(field, here.path, file);
      continue;
    }
    const auto found = std::find_if(fields->begin(), fields->end(),
                                    [&](const Field& f) { return f.name == field.name; });
    if (found == fields->end()) {
      return Fail(ErrorKind::kUnsupported,
                  "column '{}' in '{}' and '{}' in '{}': names of a table differ in more than case",
                  origin->second.path, origin->second.file, here.path, file);
    }
    SLUICE_RETURN_IF_ERROR(AddType(field, here, &*found));
  }
  return {};
}

Status SchemaMerge::Add(const std::shared_ptr<const FileColumns>& columns, std::string_view file) {
  if (!added_.try_emplace(columns.get(), columns).second) return {};
  return AddFields(columns->fields, "", file, &fields_);
}

}  // namespace sluice::parquet_table
