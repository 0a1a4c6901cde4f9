// From the `add` column of a checkpoint, as Parquet decoded it, to batches of files.
#pragma once

#include <arrow/record_batch.h>
#include <parquet/arrow/reader.h>
#include <parquet/metadata.h>

#include <optional>
#include <vector>

#include "delta/checkpoint_reader.h"
#include "delta/stats_json.h"

namespace sluice::delta {

/// Which leaf columns of a Parquet file make up a batch.
class BatchColumns {
 public:
  /// `stats_parsed` is read only where `stats` may lack text. No leaves when the file has no `add`.
  /// Errors: kCorrupt when `add` lacks a required column. May throw: call within Guarded.
  static Result<BatchColumns> Choose(const parquet::FileMetaData& metadata,
                                     const std::vector<int>& row_groups);

  /// Takes what Arrow makes of the columns; before the first batch.
  void Bind(const parquet::arrow::FileReader& reader);

  const std::vector<int>& leaves() const { return leaves_; }
  /// The tree of `add.stats_parsed`, when it is read.
  const std::optional<StatsNode>& parsed_stats() const { return parsed_stats_; }

 private:
  std::vector<int> leaves_;
  bool reads_parsed_stats_ = false;
  std::optional<StatsNode> parsed_stats_;
};

/// Immutable; the arguments must outlive it.
class BatchConverter {
 public:
  BatchConverter(const BatchColumns& columns, const FileSelection& selection)
      : columns_(columns), selection_(selection) {}

  /// None for a record batch without a live file. Rows that are no added file, or superseded, are
  /// not live; a batch of mostly such rows is copied without them. Errors: kCorrupt, naming the
  /// field.
  Result<std::vector<LiveBatch>> Convert(const arrow::RecordBatch& record) const;

 private:
  Result<std::shared_ptr<FileBatch>> MakeBatch(const arrow::StructArray& add) const;
  Result<std::shared_ptr<arrow::StringArray>> MakeStats(const arrow::StructArray& add) const;
  Result<LiveBatch> MarkLive(const arrow::StructArray& add,
                             std::shared_ptr<const FileBatch> batch) const;

  const BatchColumns& columns_;
  const FileSelection& selection_;
};

}  // namespace sluice::delta
