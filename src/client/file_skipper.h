// FileSkipper: which files and row groups cannot hold a row that a predicate is true for.
#pragma once

#include <parquet/arrow/schema.h>
#include <parquet/metadata.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "client/client.h"
#include "delta/file_filter.h"
#include "delta/schema.h"
#include "predicate/expression.h"
#include "protocol/ndjson_reader.h"

namespace sluice::client {

/// The partition values of a file: physical or logical names, and texts.
using PartitionValues = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// Columns of a data file that a predicate names, and that say of themselves what they say of the
/// table's: those of the same type.
struct JudgedColumns {
  parquet::arrow::SchemaManifest manifest;  ///< Of these columns alone.
  std::vector<delta::Field> fields;         ///< One a column of it, under physical names.
};

/// Judges as the engine does, by what the answer says of a file and its footer of row groups.
/// Whatever is not known keeps the file. Immutable and thread-safe.
class FileSkipper {
 public:
  /// Errors: those of SchemaOf.
  static Result<std::shared_ptr<const FileSkipper>> Make(predicate::ExpressionPtr predicate,
                                                         const TableInfo& table);

  const predicate::ExpressionPtr& predicate() const { return predicate_; }
  const delta::Schema& schema() const { return schema_; }

  bool MayMatch(const protocol::File& file) const;

  JudgedColumns ColumnsIn(const parquet::arrow::SchemaManifest& manifest) const;

  /// One a part of a file with these partition values, of which `stats` has the statistics as the
  /// Delta log writes them. `predicate` is the one to judge by: predicate(), or what it comes to
  /// in this file.
  std::vector<bool> MayMatch(const predicate::Expression& predicate, const PartitionValues& values,
                             const std::vector<std::string>& stats) const;

 private:
  FileSkipper(predicate::ExpressionPtr predicate, delta::Schema schema)
      : predicate_(std::move(predicate)), schema_(std::move(schema)) {}

  delta::FileFilter Bind(const predicate::Expression& predicate) const;
  std::vector<bool> Judge(const delta::FileFilter& filter, const PartitionValues& values,
                          const std::vector<std::optional<std::string>>& stats) const;

  const predicate::ExpressionPtr predicate_;
  const delta::Schema schema_;
  delta::Metadata metadata_;                 ///< Only the partition columns.
  std::optional<delta::FileFilter> filter_;  ///< Of `predicate_`.
  // Of `schema_`:
  std::vector<const delta::Field*> partition_fields_;
  std::vector<const delta::Field*> judged_fields_;  ///< Those that the predicate names.
};

}  // namespace sluice::client
