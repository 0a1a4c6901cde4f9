// First look at a commit for its changes: what it says of the table, which kinds of files it has,
// and where its lines are. The files themselves are read again when they are answered.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "delta/action_json.h"
#include "delta/commit_lines.h"

namespace sluice::delta {

class PartitionFilter;
class PartitionJudge;

/// Some consecutive lines of a commit, with few files. Only those that are shown are counted.
struct ScannedPiece {
  ByteRange bytes;
  std::int64_t data_files = 0;  ///< Adds and removes that change data.
  std::int64_t cdc_files = 0;
};

/// What a part of a commit says; of repeated actions the last counts.
struct ScannedLines {
  std::vector<ScannedPiece> pieces;
  std::optional<Protocol> protocol;
  std::optional<Metadata> metadata;
  std::optional<CommitInfo> commit_info;
  bool has_cdc = false;               ///< Shown or not.
  bool has_deletion_vectors = false;  ///< Of files that change data and are shown.
  /// The first removed file that changes data and has no partition values; empty: none.
  std::string bare_remove;
  /// Why the first file of each kind that could not be judged was not.
  std::optional<Error> data_trouble, cdc_trouble;

  /// Takes the lines after these.
  void Append(ScannedLines&& later);
};

struct CommitText {
  std::shared_ptr<arrow::io::RandomAccessFile> file;
  std::int64_t size = 0;
};

/// Scans the lines that begin in `range`; `rows` is null where all files are shown. Errors:
/// kCorrupt and kTooLarge naming the offset of the line; as LineReader.
Result<ScannedLines> ScanLines(const CommitText& text, ByteRange range,
                               const PartitionFilter* rows);

/// Whether a file is one of a commit's changes: cdc files, or adds and removes with dataChange.
bool IsChange(const Action& action, bool from_cdc);

/// Whether a file is shown. Errors: as PartitionFilter::Shows; kDataMissing for one that tells no
/// partition values.
Result<bool> IsShown(const Action& file, PartitionJudge* judge);

}  // namespace sluice::delta
