// The actions of a Delta log line, as values. Format: PROTOCOL.md of delta-io/delta, "Actions".
// Paths stay as they are logged: percent-encoded, relative to the table root or absolute.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "storage/location.h"

namespace sluice::delta {

/// A partition column's physical name and its serialized value; absent means null. The empty
/// string means null as well, and is kept as it was written.
using PartitionValue = std::pair<std::string, std::optional<std::string>>;
using Option = std::pair<std::string, std::string>;

struct Protocol {
  int min_reader_version = 1;
  int min_writer_version = 1;
  /// Present exactly when the log has them (reader version 3, writer version 7).
  std::optional<std::vector<std::string>> reader_features;
  std::optional<std::vector<std::string>> writer_features;
};

struct Metadata {
  std::string id;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::string format_provider = "parquet";
  std::vector<Option> format_options;
  std::string schema_string;
  std::vector<std::string> partition_columns;  ///< Logical names.
  std::vector<Option> configuration;
  std::optional<std::int64_t> created_time;  ///< Milliseconds.

  /// The value of a table property, or null.
  const std::string* Property(std::string_view key) const;
  /// Whether a table property is "true", in any case.
  bool IsOn(std::string_view key) const;
};

/// "Deletion Vectors" of the format: where the rows of a file that are deleted are listed.
struct DeletionVector {
  char storage_type = 'u';  ///< 'u' relative with a UUID, 'i' inline, 'p' absolute path.
  std::string path_or_inline;
  std::optional<std::int32_t> offset;  ///< Bytes into the file; absent when inline.
  std::int32_t size_in_bytes = 0;
  std::int64_t cardinality = 0;  ///< Rows deleted.

  /// The format's unique id: storage type, path, and `@offset` when there is one.
  std::string UniqueId() const;
};

struct AddFile {
  std::string path;
  std::vector<PartitionValue> partition_values;
  std::int64_t size = 0;
  std::int64_t modification_time = 0;  ///< Milliseconds.
  bool data_change = true;
  std::optional<std::string> stats;  ///< JSON text, as logged.
  std::optional<DeletionVector> deletion_vector;
  std::optional<std::int64_t> base_row_id;
  std::optional<std::int64_t> default_row_commit_version;
  std::optional<std::string> clustering_provider;
};

struct RemoveFile {
  std::string path;
  std::optional<DeletionVector> deletion_vector;
  std::optional<std::int64_t> deletion_timestamp;  ///< Milliseconds.
  bool data_change = true;
  std::optional<bool> extended_file_metadata;
  /// Absent, like the size, where an old writer left it out.
  std::optional<std::vector<PartitionValue>> partition_values;
  std::optional<std::int64_t> size;
  std::optional<std::string> stats;  ///< JSON text, as logged.
  std::optional<std::int64_t> base_row_id;
  std::optional<std::int64_t> default_row_commit_version;
};

/// "Add CDC File" of the format: a file of row-level changes, with a column `_change_type`. It is
/// no part of a snapshot.
struct AddCdcFile {
  std::string path;
  std::vector<PartitionValue> partition_values;
  std::int64_t size = 0;
};

/// Whether a logged path is absolute: it begins with a slash or has a scheme.
bool IsAbsolutePath(std::string_view logged_path);

/// Where the file of an absolute logged path lies: "/data/f", "file:///data/f", "s3://bucket/f";
/// percent-decoded. Errors: kUnsupported for a scheme of no store or another machine, kCorrupt for
/// a path that cannot be decoded.
Result<storage::Location> LocationOf(std::string_view logged_path);

/// The object key that a relative logged path names: percent-decoded.
/// Errors: kUnsupported for an absolute path, kCorrupt for one that cannot be decoded or leads out.
Result<std::string> ObjectKeyOf(std::string_view logged_path);

/// The key of a 'u' deletion vector's file (format: "Deletion Vector Descriptor Schema").
/// Errors: kUnsupported for storage type 'p', kInvalidArgument for 'i', kCorrupt.
Result<std::string> DeletionVectorKey(const DeletionVector& vector);

}  // namespace sluice::delta
