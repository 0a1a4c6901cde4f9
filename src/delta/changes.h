// Changes: what happened to a table from one version to another, commit by commit.
// Format: PROTOCOL.md of delta-io/delta, "Add CDC File" and "Change Data Files".
//
// Loading looks through the commits once, side by side, for all that must be known beforehand: what
// is wrong with the range, how the table changed on the way, how many files there are. It keeps
// where the lines of the files are, not the files; those are read again, a piece at a time, from
// any thread. So the memory that changes take does not grow with the files in them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "delta/change_scan.h"
#include "delta/commit_reader.h"
#include "delta/log_segment.h"
#include "delta/replay.h"

namespace sluice::delta {

class PartitionFilter;

enum class ChangesKind {
  /// The change data feed: a commit's cdc files where it has some, otherwise the files that it
  /// added and removed with dataChange. `delta.enableChangeDataFeed` must have been on throughout.
  kRows,
  /// Files added and removed with dataChange, for those who follow a table.
  kFiles,
};

/// A place between two files of the changes.
struct ChangePosition {
  std::int64_t version = 0;
  std::int64_t files = 0;  ///< So many of that version's files lie before it.
};

struct ChangesRequest {
  ChangesKind kind = ChangesKind::kRows;
  std::int64_t first = 0;
  std::optional<std::int64_t> last = {};       ///< Absent, or past the latest: the latest version.
  std::optional<ChangePosition> from = {};     ///< What lies before it is left out.
  std::optional<std::int64_t> max_files = {};  ///< More than these are left for later.
  /// Files that it does not show are no part of the changes; null: every file is. Whoever asks sees
  /// to it that it means the same in all versions: PartitionFilter::CheckMeansTheSame.
  std::shared_ptr<const PartitionFilter> rows = {};
};

/// What one commit did, beside its files.
struct ChangedCommit {
  std::int64_t version = 0;
  /// As Snapshot::timestamp_ms.
  std::int64_t timestamp_ms = 0;
  std::shared_ptr<const Protocol> protocol;  ///< Null where the commit has none.
  std::shared_ptr<const Metadata> metadata;  ///< Likewise.
  bool from_cdc = false;                     ///< Its files are cdc files.
  std::int64_t size = 0;                     ///< Of the commit's file. Bytes.
  std::shared_ptr<arrow::Buffer> text;       ///< Kept when it is small; otherwise null.
};

/// Some files of one commit that are answered together. A commit without files that changed
/// protocol or metadata has a piece without any.
struct ChangePiece {
  std::size_t commit = 0;     ///< Index into Changes::commits().
  ByteRange bytes;            ///< Of the commit's file.
  std::int64_t skip = 0;      ///< Changes among these lines that were answered before.
  std::int64_t files = 0;     ///< Changes after those that are answered.
  bool opens_commit = false;  ///< The first of its commit: protocol and metadata go before it.
};

using FileChange = std::variant<AddFile, RemoveFile, AddCdcFile>;

/// Immutable and thread-safe. Outlives neither the store nor the pool it was loaded with.
class Changes {
 public:
  struct Parts {
    std::shared_ptr<const storage::ObjectStore> store;
    std::int64_t first = 0;
    std::int64_t last = 0;
    TableState start;
    TableState end;
    Protocol reader_protocol;
    std::vector<ChangedCommit> commits;
    std::vector<ChangePiece> pieces;
    std::int64_t num_files = 0;
    std::vector<std::string> listed_features;
    std::vector<std::string> used_features;
    std::optional<ChangePosition> next;
    std::shared_ptr<const PartitionFilter> rows;  ///< That of the request.
  };
  explicit Changes(Parts parts) : parts_(std::move(parts)) {}

  std::int64_t first() const { return parts_.first; }
  std::int64_t last() const { return parts_.last; }
  const TableState& start() const { return parts_.start; }  ///< At the first version.
  const TableState& end() const { return parts_.end; }      ///< At the last version.
  /// What a reader of all the files has to know: the protocols on the way in one.
  const Protocol& reader_protocol() const { return parts_.reader_protocol; }
  std::span<const ChangedCommit> commits() const { return parts_.commits; }
  /// In the order of the log.
  std::span<const ChangePiece> pieces() const { return parts_.pieces; }
  std::int64_t num_files() const { return parts_.num_files; }  ///< In all pieces.
  /// As ListedReaderFeatures and UsedReaderFeatures, of every version on the way.
  const std::vector<std::string>& listed_features() const { return parts_.listed_features; }
  const std::vector<std::string>& used_features() const { return parts_.used_features; }
  /// Where the rest begins, when more files than were asked for follow.
  const std::optional<ChangePosition>& next() const { return parts_.next; }

  /// Whether all rows can be read under the schema of the last version. Errors: kUnsupported naming
  /// the version and what changed; the message tells the reader of changes what to do.
  Status CheckSchemas() const;

  /// Calls `take` for the files of a piece, in the order of the log; ends with its error. Errors:
  /// kCorrupt and kDataMissing when the commit is no longer what it was; from the store.
  Status ForEachFile(const ChangePiece& piece,
                     const std::function<Status(const FileChange&)>& take) const;

  /// Bytes of a file in the table's folder, asked of the store, for removes that tell no size;
  /// nothing when it is gone or lies elsewhere.
  std::optional<std::int64_t> StoredSize(std::string_view logged_path) const;

 private:
  const Parts parts_;
};

using ChangesPtr = std::shared_ptr<const Changes>;

/// A listed log and how to read it.
struct ChangesSource {
  std::shared_ptr<const storage::ObjectStore> store;
  const LogListing& listing;  ///< The whole log.
  /// The table's state at a version of the log.
  std::function<Result<TableState>(std::int64_t version)> state_at;
  CommitReadOptions options;
};

/// Errors: kInvalidArgument for versions that the log does not have (the message says which it
/// has), an end before the start, and, for kRows, a version at which the change data feed was off;
/// kUnsupported naming a feature; kDataMissing for a removed file that tells no partition values,
/// and as PartitionFilter::Shows; kCorrupt, kDataMissing naming the place; from the store.
Result<ChangesPtr> LoadChanges(const ChangesSource& source, const ChangesRequest& request);

}  // namespace sluice::delta
