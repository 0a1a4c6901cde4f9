// Partition values as columns: from the log's map of a file to a dictionary array a column.
#pragma once

#include <arrow/array.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "delta/schema.h"

namespace sluice::delta {

using PartitionArrays = std::vector<std::shared_ptr<arrow::DictionaryArray>>;

/// The physical names of metadata.partition_columns, under which partition values are logged.
std::vector<std::string> PhysicalPartitionColumns(const Metadata& metadata, const Schema& schema);

/// One dictionary<int32, utf8> for each name, from a map<utf8, utf8>; null where a row has no such
/// key. Errors: kCorrupt.
Result<PartitionArrays> DecodePartitionValues(const arrow::MapArray& map,
                                              const std::vector<std::string>& names,
                                              std::string_view place);

}  // namespace sluice::delta
