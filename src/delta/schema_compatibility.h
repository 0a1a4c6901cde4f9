// Whether rows that were written under one schema of a table can be read under a later one.
#pragma once

#include <string>
#include <vector>

#include "delta/schema.h"

namespace sluice::delta {

/// A schema of a table with how its files are partitioned.
struct TableShape {
  const Schema* schema = nullptr;
  const std::vector<std::string>* partition_columns = nullptr;  ///< Logical names.
};

/// Reading changes gives every row the schema of the end of the range. That is right when columns
/// were only added in between, made nullable, or widened in type. Errors: kUnsupported naming the
/// column that was dropped, renamed, became required or changed its type, a change of the partition
/// columns, or column mapping that was turned off.
Status CheckReadsAs(const TableShape& written, const TableShape& read);

}  // namespace sluice::delta
