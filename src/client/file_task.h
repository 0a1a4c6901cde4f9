// FileTask: one data file to be read, and what is wanted of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/data_file.h"
#include "protocol/ndjson_reader.h"

namespace sluice::client {

/// A deletion vector that was listed with another file than the one that is read.
struct OtherVector {
  std::string key;  ///< Of that file.
  std::optional<protocol::DeletionVector> vector;
};

/// A data file as it was listed, less where it lies, which its source knows.
struct FileTask {
  std::string key;  ///< Of its source, and in messages.
  std::int64_t size = 0;
  std::vector<std::pair<std::string, std::optional<std::string>>> partition_values;
  std::optional<protocol::DeletionVector> deletion_vector;
  /// Given for a file whose deletion vector changed: then only the rows are wanted that
  /// `deletion_vector` names and this one does not.
  std::optional<OtherVector> other_vector;
  std::optional<FileChange> change;
  /// The number of rows that are wanted, where that is known and all that need be known.
  std::optional<std::int64_t> num_rows;
};

}  // namespace sluice::client
