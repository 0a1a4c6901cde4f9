// The JSON of metaData.schemaString, read into fields and written from them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "delta/schema.h"

namespace sluice::delta {

/// The top-level fields. Errors: as ParseSchema, with the path of the field that is at fault.
Result<std::vector<Field>> ParseSchemaJson(std::string_view json, ColumnMappingMode mapping);

/// Logical names and types; no metadata.
std::string WriteSchemaJson(const std::vector<Field>& fields);

/// A type as people write it: "integer", "decimal(10,2)", "array<string>", "struct<a: long>".
std::string TypeText(const DataType& type);

}  // namespace sluice::delta
