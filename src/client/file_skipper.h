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

/// Judges as the engine does, by what the answer says of a file and its footer of row groups.
/// Whatever is not known keeps the file. Immutable and thread-safe.
class FileSkipper {
 public:
  /// Errors: those of SchemaOf.
  static Result<std::shared_ptr<const FileSkipper>> Make(const predicate::Expression& predicate,
                                                         const TableInfo& table);

  bool MayMatch(const protocol::File& file) const;

  /// One a row group. May throw what Parquet throws.
  std::vector<bool> MayMatch(const parquet::FileMetaData& metadata,
                             const parquet::arrow::SchemaManifest& manifest,
                             const PartitionValues& partition_values) const;

 private:
  FileSkipper(delta::FileFilter filter, delta::Schema schema)
      : filter_(std::move(filter)), schema_(std::move(schema)) {}

  std::vector<bool> Judge(const PartitionValues& values,
                          const std::vector<std::optional<std::string>>& stats) const;

  const delta::FileFilter filter_;
  const delta::Schema schema_;
  // Of `schema_`:
  std::vector<const delta::Field*> partition_fields_;
  std::vector<const delta::Field*> judged_fields_;  ///< Those that the predicate names.
};

}  // namespace sluice::client
