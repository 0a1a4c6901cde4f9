#include "delta/schema_compatibility.h"

#include <algorithm>

#include "base/encoding.h"

namespace sluice::delta {
namespace {

using Kind = DataType::Kind;

tl::unexpected<Error> Changed(std::string_view column, std::string_view how) {
  return Fail(ErrorKind::kUnsupported, "the column '{}' {}", Printable(column, 200), how);
}

Status CheckFields(const std::vector<Field>& written, const std::vector<Field>& read,
                   std::string_view parent);

/// `widened`: the read column says that its type has changed.
Status CheckType(const DataType& written, const DataType& read, bool widened,
                 const std::string& column) {
  if (written.kind == Kind::kVoid) return {};
  if (written.kind != read.kind || written.precision != read.precision ||
      written.scale != read.scale) {
    if (widened && written.fields.empty() && read.fields.empty()) return {};
    return Changed(column, "changed its type");
  }
  if (written.kind == Kind::kStruct) return CheckFields(written.fields, read.fields, column);
  // Elements, keys and values have no names that could change.
  for (std::size_t i = 0; i < std::min(written.fields.size(), read.fields.size()); ++i) {
    const Field& before = written.fields[i];
    const Field& after = read.fields[i];
    if (before.nullable && !after.nullable) return Changed(column, "no longer takes nulls");
    SLUICE_RETURN_IF_ERROR(CheckType(*before.type, *after.type, widened, column));
  }
  return {};
}

/// By physical name, which a column keeps as long as it lives.
Status CheckFields(const std::vector<Field>& written, const std::vector<Field>& read,
                   std::string_view parent) {
  for (const Field& before : written) {
    const std::string column =
        parent.empty() ? before.name : fmt::format("{}.{}", parent, before.name);
    const auto after = std::find_if(read.begin(), read.end(), [&](const Field& field) {
      return field.physical_name == before.physical_name;
    });
    if (after == read.end()) return Changed(column, "was dropped or replaced");
    if (after->name != before.name) return Changed(column, "was renamed");
    if (before.nullable && !after->nullable) return Changed(column, "no longer takes nulls");
    SLUICE_RETURN_IF_ERROR(CheckType(*before.type, *after->type, after->type_changed, column));
  }
  return {};
}

}  // namespace

Status CheckReadsAs(const TableShape& written, const TableShape& read) {
  if (written.schema->mapping != ColumnMappingMode::kNone &&
      read.schema->mapping == ColumnMappingMode::kNone) {
    return Fail(ErrorKind::kUnsupported, "column mapping was turned off");
  }
  if (*written.partition_columns != *read.partition_columns) {
    return Fail(ErrorKind::kUnsupported, "the partition columns changed");
  }
  return CheckFields(written.schema->fields, read.schema->fields, "");
}

}  // namespace sluice::delta
