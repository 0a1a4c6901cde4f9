#include "delta/column_path.h"

#include <string_view>

#include "base/ascii.h"

namespace sluice::delta {
namespace {

const Field* FindField(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
  }
  for (const Field& field : fields) {
    if (EqualsIgnoreCase(field.name, name)) return &field;
  }
  return nullptr;
}

std::vector<const Field*> FindPath(const std::vector<Field>& top,
                                   const std::vector<std::string>& names) {
  std::vector<const Field*> path;
  const std::vector<Field>* fields = &top;
  for (const std::string& name : names) {
    const Field* field = FindField(*fields, name);
    if (field == nullptr) return {};
    path.push_back(field);
    if (path.size() < names.size() && field->type->kind != DataType::Kind::kStruct) return {};
    fields = &field->type->fields;
  }
  return path;
}

std::vector<std::string> SplitAtDots(std::string_view name) {
  std::vector<std::string> names;
  for (;;) {
    const std::size_t dot = name.find('.');
    names.emplace_back(name.substr(0, dot));
    if (dot == std::string_view::npos) return names;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

std::vector<const Field*> FindColumnPath(const std::vector<Field>& fields,
                                         const predicate::Column& column) {
  auto path = FindPath(fields, column.path);
  if (path.empty() && column.path.size() == 1) {
    path = FindPath(fields, SplitAtDots(column.path.front()));
  }
  return path;
}

}  // namespace sluice::delta
