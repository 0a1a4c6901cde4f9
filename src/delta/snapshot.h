// Snapshot: one version of a table, immutable, columnar and shared.
//
// The files are Arrow arrays in batches, kept as the checkpoint's columns were decoded; which rows
// of a batch live is a bitmap beside it. A newer snapshot shares the batches of the older one.
#pragma once

#include <arrow/array.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "delta/actions.h"
#include "delta/column_bounds.h"
#include "delta/key_index.h"
#include "delta/schema.h"

namespace sluice::delta {

/// One row of a FileBatch. Views point into the batch.
struct FileRow {
  std::string_view path;  ///< As logged, percent-encoded.
  std::int64_t size = 0;
  std::int64_t modification_time = 0;
  std::optional<std::string_view> stats;  ///< JSON text.
  std::optional<std::int64_t> base_row_id;
  std::optional<std::int64_t> default_row_commit_version;
  std::optional<std::string_view> clustering_provider;
};

/// Up to 64 Ki files as columns. Immutable but for what is derived from it, so free to share
/// between threads and snapshots. Arrays have the same length; those marked optional are null
/// pointers when no row has a value.
struct FileBatch {
  std::shared_ptr<arrow::StringArray> path;
  std::shared_ptr<arrow::Int64Array> size;
  std::shared_ptr<arrow::Int64Array> modification_time;
  std::shared_ptr<arrow::StringArray> stats;  ///< Optional.
  /// One a partition column, in the order of Metadata::partition_columns: dictionary<int32, utf8>.
  std::vector<std::shared_ptr<arrow::DictionaryArray>> partition_values;
  /// Optional: struct<storageType: utf8, pathOrInlineDv: utf8, offset: int32, sizeInBytes: int32,
  /// cardinality: int64>, null where the file has none.
  std::shared_ptr<arrow::StructArray> deletion_vector;
  std::shared_ptr<arrow::Int64Array> base_row_id;                 ///< Optional.
  std::shared_ptr<arrow::Int64Array> default_row_commit_version;  ///< Optional.
  std::shared_ptr<arrow::StringArray> clustering_provider;        ///< Optional.
  /// What predicates made of `stats` and of `partition_values`.
  std::shared_ptr<BoundsCache> bounds = std::make_shared<BoundsCache>();
  /// Which rows the files of later commits replace; built when it is first needed.
  std::shared_ptr<KeyIndex> keys = std::make_shared<KeyIndex>();

  std::int64_t num_rows() const { return path->length(); }
  FileRow Row(std::int64_t row) const;
  /// Value of partition column `column`; nullopt for null.
  std::optional<std::string_view> PartitionValueAt(std::size_t column, std::int64_t row) const;
  std::optional<DeletionVector> DeletionVectorAt(std::int64_t row) const;
  /// `numRecords` of the row's stats less the rows its deletion vector drops; nullopt without
  /// stats.
  std::optional<std::int64_t> NumRecordsAt(std::int64_t row) const;
};

/// Heap bytes of a batch's arrays and of what was derived from them so far.
std::int64_t BatchBytes(const FileBatch& batch);

/// A batch and its live rows: bit `row` of `live` (least significant bit first) tells whether the
/// file is in the snapshot; a null `live` means all are.
struct LiveBatch {
  std::shared_ptr<const FileBatch> files;
  std::shared_ptr<const std::vector<std::uint8_t>> live;
  std::int64_t num_live = 0;
  /// Sum of the sizes of the live files; -1 when not known, the Snapshot then adds them up.
  std::int64_t size_bytes = -1;

  bool IsLive(std::int64_t row) const {
    return live == nullptr || (((*live)[static_cast<std::size_t>(row >> 3)] >> (row & 7)) & 1) != 0;
  }
};

/// Sum of the sizes of the live files, at most the largest int64.
std::int64_t LiveSizeBytes(const LiveBatch& batch);

/// What a Snapshot is made of; built by replay, see replay.h.
struct SnapshotParts {
  std::int64_t version = 0;
  std::int64_t timestamp_ms = 0;
  Protocol protocol;
  Metadata metadata;
  Schema schema;
  std::vector<LiveBatch> batches;
};

/// Immutable and thread-safe.
class Snapshot {
 public:
  explicit Snapshot(SnapshotParts parts);

  std::int64_t version() const { return parts_.version; }
  /// When the version was committed: the in-commit timestamp where the table keeps them, else the
  /// modification time of the commit file, made monotonic. Milliseconds.
  std::int64_t timestamp_ms() const { return parts_.timestamp_ms; }
  const Protocol& protocol() const { return parts_.protocol; }
  const Metadata& metadata() const { return parts_.metadata; }
  const Schema& schema() const { return parts_.schema; }
  std::span<const LiveBatch> batches() const { return parts_.batches; }
  std::int64_t num_files() const { return num_files_; }    ///< Live files.
  std::int64_t size_bytes() const { return size_bytes_; }  ///< Sum of their sizes.
  /// Rows of the live files, those that deletion vectors drop left out; nullopt when a file does
  /// not tell. Reads the stats of every file the first time.
  std::optional<std::int64_t> num_records() const;
  /// Heap bytes of the batches, shared ones included. Grows with what is derived from them.
  std::int64_t memory_bytes() const;

 private:
  SnapshotParts parts_;
  std::int64_t num_files_ = 0;
  std::int64_t size_bytes_ = 0;
  std::int64_t fixed_bytes_ = 0;  ///< Without what is derived from the batches.
  /// Of num_records(), once somebody asked; kNotCounted before, kUnknown where a file does not
  /// tell.
  mutable std::atomic<std::int64_t> num_records_{kNotCounted};
  static constexpr std::int64_t kNotCounted = -2;
  static constexpr std::int64_t kUnknown = -1;
};

}  // namespace sluice::delta
