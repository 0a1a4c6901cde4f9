// Writers of record batches in the formats of `sluice cat`. Memory is bounded by a batch, in the
// Parquet format by a row group.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace sluice::apps {

enum class OutputFormat { kCsv, kJson, kArrow, kParquet, kTable };

/// Formats that are bytes, not text.
inline bool IsBinary(OutputFormat format) {
  return format == OutputFormat::kArrow || format == OutputFormat::kParquet;
}

/// Errors: kUnavailable when the output fails, kUnsupported for a type the format cannot hold.
class BatchWriter {
 public:
  virtual ~BatchWriter() = default;
  virtual Status Write(const arrow::RecordBatch& batch) = 0;
  /// Writes what comes last. Once, after the last batch.
  virtual Status Finish() = 0;
};

/// - kCsv: RFC 4180 with a header; a field is quoted where it must be, an empty text is `""` and
///   null is nothing at all; line ends are "\n".
/// - kJson: one object a line.
/// - kArrow: the IPC stream format.
/// - kParquet: Zstandard, with the Arrow schema.
/// `out` outlives the writer. kTable is none of these: kInvalidArgument.
Result<std::unique_ptr<BatchWriter>> MakeWriter(OutputFormat format,
                                                const std::shared_ptr<arrow::Schema>& schema,
                                                arrow::io::OutputStream* out);

}  // namespace sluice::apps
