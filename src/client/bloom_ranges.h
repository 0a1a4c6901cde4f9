// Where the Bloom filters of a Parquet file are.
#pragma once

#include <arrow/io/interfaces.h>
#include <parquet/metadata.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::client {

/// Immutable.
class BloomRanges {
 public:
  /// `size`: of the file, whose footer `metadata` is.
  BloomRanges(const parquet::FileMetaData& metadata, std::int64_t size);

  /// Where a chunk's filter is. Older writers leave its length out of the footer: then it ends, at
  /// the latest, where the next thing that the footer names begins. Nullopt: it has none.
  std::optional<arrow::io::ReadRange> Of(const parquet::ColumnChunkMetaData& chunk) const;

 private:
  std::vector<std::int64_t> starts_;  ///< Of all that the footer names, and its own; sorted.
};

}  // namespace sluice::client
