// Typed partition values of a batch: bounds of the values in a column's dictionary.
#pragma once

#include "delta/column_bounds.h"
#include "delta/snapshot.h"

namespace sluice::delta {

/// A partition column, and the type in which its values are looked at.
struct PartitionColumn {
  std::size_t index = 0;  ///< Of Metadata::partition_columns.
  DataType type;
  bool collated = false;
};

/// One row an entry of the dictionary; min and max are the same where the value is known exactly. A
/// text that is no value of the type may be anything. From the batch's cache, or made. Thread-safe.
ColumnBoundsPtr PartitionBounds(const FileBatch& batch, const PartitionColumn& column);

}  // namespace sluice::delta
