// File lines of a query's answer: rows of a snapshot, signed and rendered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "delta/snapshot.h"
#include "server/api/file_line.h"
#include "server/api/query_plan.h"

namespace sluice::api {

struct FileLinesOptions {
  std::shared_ptr<const delta::Snapshot> snapshot;
  FileLineOptions line;
  bool with_version = false;  ///< A version was asked for, so each line says which.
};

/// Immutable and thread-safe: any rows from any thread.
class FileLines {
 public:
  explicit FileLines(FileLinesOptions options);

  /// Appends the lines of the live rows of a span. Errors: kUnsupported for files outside the
  /// table's folder, kCorrupt naming version and path.
  Status Append(const RowSpan& span, std::string* out) const;
  /// Those of one slice of a plan. Errors: as Append.
  Status AppendSlice(const QueryPlan& plan, std::size_t slice, std::string* out) const;

 private:
  Status AppendRow(const delta::FileBatch& batch, std::int64_t row, FileLine& line,
                   std::string* out) const;

  const FileLinesOptions options_;
  std::vector<std::string> partition_names_;  ///< As the format has them.
};

}  // namespace sluice::api
