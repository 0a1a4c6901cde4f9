// Partitions as Hive writes them: folders "name=value" above a file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "delta/actions.h"
#include "delta/schema.h"
#include "storage/object_store.h"

namespace sluice::parquet_table {

/// The columns that the folders of all files name. Values are percent-decoded; empty ones and
/// "__HIVE_DEFAULT_PARTITION__" are null. A column is integer, else long, else date where all its
/// values are; else string.
class HivePartitions {
 public:
  /// Errors: kUnsupported naming two files whose folders name different columns, or a file whose
  /// folders name a column twice.
  static Result<HivePartitions> Infer(const std::vector<storage::ObjectMeta>& files);

  const std::vector<delta::Field>& fields() const { return fields_; }
  /// The file's values, as the Delta log has them. `key` is one of the files.
  std::vector<delta::PartitionValue> ValuesOf(std::string_view key) const;

 private:
  std::vector<delta::Field> fields_;
};

}  // namespace sluice::parquet_table
