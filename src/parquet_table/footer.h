// What a table needs to know of one Parquet file: columns, rows and statistics, from its footer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "delta/schema.h"
#include "storage/object_store.h"

namespace sluice::parquet_table {

/// Immutable; shared by all files that have the same.
struct FileColumns {
  std::vector<delta::Field> fields;
  std::string json;  ///< The same as a schema's JSON.
};

struct Footer {
  std::shared_ptr<const FileColumns> columns;
  std::string stats;  ///< As the Delta log has them: JSON with `numRecords` and bounds.

  std::int64_t memory_bytes() const;
};

/// Reads the end of a file, as a listing showed it, in one or two ranges. Thread-safe.
/// Errors, naming the file: kCorrupt for what is no Parquet file, kUnsupported for encrypted ones
/// and as ReadColumns, kTooLarge for footers beyond 64 MiB, kDataMissing for a file that is gone;
/// from the store.
Result<Footer> ReadFooter(const storage::ObjectStore& store, const storage::ObjectMeta& file);

}  // namespace sluice::parquet_table
