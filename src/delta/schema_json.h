// The JSON of metaData.schemaString, read into fields. Used by schema.cc only.
#pragma once

#include <string_view>
#include <vector>

#include "delta/schema.h"

namespace sluice::delta {

/// The top-level fields. Errors: as ParseSchema, with the path of the field that is at fault.
Result<std::vector<Field>> ParseSchemaJson(std::string_view json, ColumnMappingMode mapping);

}  // namespace sluice::delta
