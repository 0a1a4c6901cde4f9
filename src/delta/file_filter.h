// Skipping: which files of a snapshot a predicate cannot match, and which it matches wholly, from
// partition values and statistics alone. Whatever they do not tell counts as "some rows may match".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "delta/bits.h"
#include "delta/column_value.h"
#include "delta/table.h"
#include "predicate/expression.h"

namespace sluice::delta {

struct FileFilterOptions {
  /// Columns that are no partition columns are not judged.
  bool partition_columns_only = false;
  /// How the predicate's and the partition values' timestamps are meant. Predicates of others may
  /// have lost their zone and what is finer than milliseconds.
  TimestampSense timestamps;
};

/// The files of one batch. Bits of files that are not live are 0.
struct MatchedFiles {
  Bits some;   ///< Some row may match; all others cannot hold a matching row.
  Bits every;  ///< Every row matches. A subset of `some`.
};

/// A predicate bound to a table's schema. Immutable and thread-safe.
class FileFilter {
 public:
  /// Never fails: what does not fit the schema is not judged. `schema` and `metadata` are only read
  /// during the call. Names compare without case; a name with dots that no column has may name a
  /// field of a struct.
  static FileFilter Bind(const predicate::Expression& predicate, const Schema& schema,
                         const Metadata& metadata, const FileFilterOptions& options);

  /// Of a batch of a snapshot with that schema.
  MatchedFiles Select(const LiveBatch& batch) const;

  /// What could not be judged, and why: a line each, for a log. At most kMaxNotes.
  const std::vector<std::string>& notes() const { return notes_; }

  static constexpr std::size_t kMaxNotes = 16;
  /// Conditions on columns; of a predicate with more, the rest is not judged.
  static constexpr int kMaxLeaves = 500;
  /// Likewise, of columns whose statistics are read: all of a batch are in memory at once.
  static constexpr std::size_t kMaxColumns = 32;

  struct Node;  ///< Of the implementation.

 private:
  friend class FilterBinder;

  std::shared_ptr<const Node> root_;
  std::vector<std::string> notes_;
};

/// One selection a batch, batches side by side on `pool` (null: on the calling thread). Bounds of
/// columns that a predicate names for the first time are made on the way, and kept.
std::vector<MatchedFiles> SelectFiles(const Snapshot& snapshot, const FileFilter& filter,
                                      ThreadPool* pool);

/// The files of a snapshot that are left, as a snapshot that shares its batches.
struct FilteredFiles {
  SnapshotPtr snapshot;     ///< The same one where every file is left.
  std::vector<Bits> every;  ///< One a batch: files whose rows all match.
};

/// Drops the files that cannot hold a matching row. As SelectFiles.
FilteredFiles FilterFiles(const SnapshotPtr& snapshot, const FileFilter& filter, ThreadPool* pool);

}  // namespace sluice::delta
