// The Parquet side of checkpoint reading, shared by its sources; not for other modules.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/statistics.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "delta/checkpoint_reader.h"
#include "delta/guarded.h"

namespace sluice::delta {

struct CheckpointFile::Impl {
  std::string key;
  std::int64_t file_size = 0;
  std::shared_ptr<arrow::io::RandomAccessFile> file;
  std::shared_ptr<parquet::FileMetaData> metadata;
};

/// The leaf columns below any of `paths` ("add.path", "add.partitionValues").
std::vector<int> LeavesBelow(const parquet::SchemaDescriptor& schema,
                             const std::vector<std::string>& paths);

struct RowGroupRun {
  std::vector<int> row_groups;
  std::vector<int> leaves;
};

/// Reads record batches of at most kMaxBatchRows rows, fewer where rows are large. The reader owns
/// what it needs. May throw: call within Guarded.
class RunReader {
 public:
  static Result<RunReader> Open(const CheckpointFile::Impl& file, const RowGroupRun& run);
  /// Null at the end.
  Result<std::shared_ptr<arrow::RecordBatch>> Next();
  const parquet::arrow::FileReader& file() const { return *reader_; }

 private:
  std::string key_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
};

}  // namespace sluice::delta
