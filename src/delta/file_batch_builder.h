// Builds batches of files from actions or from rows of other batches.
#pragma once

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_dict.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>

#include <memory>
#include <string>
#include <vector>

#include "delta/snapshot.h"

namespace sluice::delta {

inline constexpr std::int64_t kMaxBatchRows = 64 * 1024;

/// struct<storageType, pathOrInlineDv, offset, sizeInBytes, cardinality> of FileBatch.
std::shared_ptr<arrow::DataType> DeletionVectorType();

/// Starts a new batch after kMaxBatchRows rows or 256 MiB of text. Not thread-safe.
class FileBatchBuilder {
 public:
  /// Physical names, as partition values are logged.
  explicit FileBatchBuilder(std::vector<std::string> partition_columns);
  ~FileBatchBuilder();

  /// Errors: kTooLarge for text that no batch can hold.
  Status Append(const AddFile& add);
  /// A row of a batch with the same partition columns.
  Status Append(const FileBatch& batch, std::int64_t row);

  /// All rows so far, every one live; the builder is empty again.
  Result<std::vector<LiveBatch>> Finish();

 private:
  struct Columns;

  Status AppendFixed(const FileRow& row, const std::optional<DeletionVector>& vector);
  Status FlushIfFull();
  Status Flush();

  std::vector<std::string> partition_columns_;
  std::unique_ptr<Columns> columns_;
  std::vector<LiveBatch> done_;
};

}  // namespace sluice::delta
