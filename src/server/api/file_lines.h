// File lines of a query's answer: rows of a snapshot, signed and rendered.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "delta/snapshot.h"
#include "protocol/types.h"
#include "server/api/file_signer.h"
#include "server/api/query_plan.h"

namespace sluice::api {

struct FileLinesOptions {
  std::shared_ptr<const delta::Snapshot> snapshot;
  std::shared_ptr<const FileSigner> signer;
  protocol::ResponseFormat format = protocol::ResponseFormat::kParquet;
  protocol::FileIdHash hash = protocol::FileIdHash::kParquet;
  bool with_version = false;  ///< A version was asked for, so each line says which.
};

/// Immutable and thread-safe: any rows from any thread.
class FileLines {
 public:
  explicit FileLines(FileLinesOptions options);

  /// Appends the lines of the live rows of a span. Errors: kUnsupported for files outside the
  /// table's folder, kCorrupt naming version and path.
  Status Append(const RowSpan& span, std::string* out) const;

  std::int64_t expires_at_ms() const { return options_.signer->expires_at_ms(); }

 private:
  struct Scratch;
  Status AppendRow(const delta::FileBatch& batch, std::int64_t row, Scratch& scratch,
                   std::string* out) const;
  Status SetDeletionVector(const delta::FileBatch& batch, std::int64_t row, Scratch& scratch) const;

  const FileLinesOptions options_;
  std::vector<std::string> partition_names_;  ///< As the format has them.
};

}  // namespace sluice::api
