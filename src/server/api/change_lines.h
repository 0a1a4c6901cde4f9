// Lines of a table's changes: commits' files, signed and rendered, and what changed of the table.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "delta/changes.h"
#include "server/api/file_line.h"

namespace sluice::api {

struct ChangeLinesOptions {
  delta::ChangesPtr changes;
  FileLineOptions line;
  bool later_metadata = false;   ///< Metadata of later versions than the first is answered.
  bool later_protocols = false;  ///< Likewise protocols, in the delta format.
};

/// Immutable and thread-safe: any slice from any thread.
class ChangeLines {
 public:
  explicit ChangeLines(ChangeLinesOptions options);

  std::size_t num_slices() const { return slice_begins_.size() - 1; }
  /// Errors: kUnsupported for files outside the table's folder, kCorrupt naming version and path;
  /// as Changes::ForEachFile.
  Status AppendSlice(std::size_t slice, std::string* out) const;

 private:
  void AppendTable(const delta::ChangedCommit& commit, std::string* out) const;
  Status AppendFile(const delta::ChangedCommit& commit, const delta::FileChange& file,
                    FileLine& line, std::string* out) const;

  const ChangeLinesOptions options_;
  /// Slice i is the pieces [slice_begins_[i], slice_begins_[i + 1]) of the changes.
  std::vector<std::size_t> slice_begins_;
};

}  // namespace sluice::api
