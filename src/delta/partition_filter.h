// Row filters: which files of a table somebody may see. Decided from partition values alone, and
// exactly: what is not certain is an error, never a file too many or too few.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/thread_pool.h"
#include "delta/file_filter.h"
#include "delta/table.h"
#include "predicate/expression.h"

namespace sluice::delta {

/// Immutable and thread-safe. Errors of all calls: kDataMissing, since a table that cannot be
/// filtered is the provider's trouble; the message names column or file and is not for recipients.
class PartitionFilter {
 public:
  /// Only partition columns may be named, without casts, of types whose values compare exactly
  /// (not float, double and binary), of tables without column mapping. `filter` is only read.
  static Result<PartitionFilter> Bind(const predicate::Expression& filter, const Metadata& metadata,
                                      const Schema& schema);

  /// The files of a snapshot, of the metadata that it was bound to, for which the filter is true:
  /// as a snapshot that shares the batches, the same one where all are. `pool` may be null.
  Result<SnapshotPtr> Apply(const SnapshotPtr& snapshot, ThreadPool* pool) const;

  /// Whether a file with these partition values is seen.
  Result<bool> Shows(const std::vector<PartitionValue>& values) const;

  /// An error unless the columns that it names are the same ones in another version of the table.
  Status CheckMeansTheSame(const Metadata& metadata, const Schema& schema) const;

  /// The physical names of the columns that it names.
  const std::vector<std::string>& columns() const { return columns_; }

 private:
  struct Bound {
    std::string name;  ///< Logical.
    DataType type;
  };

  PartitionFilter(FileFilter filter, std::vector<std::string> partition_columns,
                  std::vector<Bound> bound);
  static Result<Bound> FindColumn(const predicate::Column& column, const Metadata& metadata,
                                  const Schema& schema);

  FileFilter filter_;
  std::vector<std::string> partition_columns_;  ///< All of the table's.
  std::vector<Bound> bound_;
  std::vector<std::string> columns_;
};

/// PartitionFilter::Shows for one file after another, remembering what was decided. Belongs to one
/// thread.
class PartitionJudge {
 public:
  /// Null shows everything. The filter outlives the judge.
  explicit PartitionJudge(const PartitionFilter* filter) : filter_(filter) {}

  Result<bool> Shows(const std::vector<PartitionValue>& values);
  bool shows_all() const { return filter_ == nullptr; }

 private:
  const PartitionFilter* const filter_;
  std::unordered_map<std::string, bool> decided_;
};

}  // namespace sluice::delta
