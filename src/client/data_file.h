// DataFile: one Parquet file of a table, opened by ranges and read as the table's rows.
#pragma once

#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "client/ranged_file.h"
#include "client/row_selection.h"
#include "client/scan_plan.h"

namespace sluice::client {

/// What all rows of a file have in common as changes.
struct FileChange {
  std::string type;  ///< "insert" or "delete"; empty: each row of the file says.
  std::int64_t version = 0;
  std::int64_t timestamp_ms = 0;
};

struct DataFileRequest {
  std::shared_ptr<const ScanPlan> plan;
  std::int64_t size = 0;
  std::vector<std::pair<std::string, std::optional<std::string>>> partition_values;
  std::optional<FileChange> change;  ///< Needed by a plan of changes.
  std::optional<RowSelection> rows;  ///< Without: all.
  RangeFetch fetch;
};

/// A row group: the unit of fetching and decoding.
struct FileUnit {
  int row_group = 0;
  std::int64_t first_row = 0;  ///< Of the file.
  std::int64_t num_rows = 0;   ///< Unwanted ones included.
  std::int64_t live_rows = 0;  ///< Wanted ones.
  std::int64_t read_rows = 0;  ///< Those that may pass the filter, unwanted ones included.
  std::int64_t fetch_bytes = 0;
  std::int64_t decoded_bytes = 0;  ///< Estimated.
};

struct OpenFile;

/// The batches of one unit. Not thread-safe. Outlives its DataFile.
class UnitReader {
 public:
  UnitReader(std::shared_ptr<const OpenFile> open, const FileUnit& unit, std::int64_t batch_rows);
  UnitReader(UnitReader&& other) noexcept;
  UnitReader& operator=(UnitReader&& other) noexcept;
  ~UnitReader();

  /// Fetches what the unit needs. Call once, first.
  Status Start();
  /// Rows that are wanted and pass the plan's filter, in its schema; never empty; null at the end.
  Result<std::shared_ptr<arrow::RecordBatch>> Next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Immutable and thread-safe. Errors of all calls, also of UnitReader: those of RangeFetch;
/// kCorrupt for bytes that are no Parquet or contradict the table; kUnsupported for encodings that
/// are not read.
class DataFile {
 public:
  /// Reads the footer, unless no row is wanted.
  static Result<DataFile> Open(DataFileRequest request);
  /// The same for a plan that reads nothing of the file, which is known to have `num_rows` rows
  /// that are wanted. `size`, `rows` and `fetch` of the request are not used.
  static Result<DataFile> OfRows(DataFileRequest request, std::int64_t num_rows);

  /// Row groups that may have a wanted row, in the file's order.
  const std::vector<FileUnit>& units() const { return units_; }
  /// Batches will have up to `max_rows` rows.
  UnitReader Read(std::size_t unit, std::int64_t max_rows) const;

 private:
  std::shared_ptr<const OpenFile> open_;
  std::vector<FileUnit> units_;
};

}  // namespace sluice::client
