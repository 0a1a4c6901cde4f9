// The page index of a column chunk: where its data pages are, and what they hold.
#pragma once

#include <arrow/io/interfaces.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "client/ranged_file.h"
#include "client/row_ranges.h"

namespace sluice::client {

struct DataPage {
  std::int64_t offset = 0;  ///< Of its header, in the file.
  std::int64_t bytes = 0;   ///< With the header.
  std::int64_t first_row = 0;

  std::int64_t end() const { return offset + bytes; }
};

/// All pages of a chunk, in order, of which the first has row 0. What is before the first is the
/// dictionary.
struct ChunkPages {
  std::vector<DataPage> pages;
  std::int64_t rows = 0;  ///< Of the row group.

  RowRange RowsOf(std::size_t page) const {
    return {pages[page].first_row, page + 1 < pages.size() ? pages[page + 1].first_row : rows};
  }
};

/// What a page's values are, or null: not known.
using PageStats = std::vector<std::shared_ptr<const parquet::EncodedStatistics>>;

/// Where a chunk's index is in the file, `bounds` (ColumnIndex) included or not.
std::vector<arrow::io::ReadRange> IndexRanges(const parquet::ColumnChunkMetaData& chunk,
                                              bool bounds);

/// Of what `file` has in memory. Nullopt where there is no index, or one that contradicts itself or
/// the chunk, which lies at `where`: then all pages are to be read.
std::optional<ChunkPages> ReadPages(const parquet::ColumnChunkMetaData& chunk,
                                    const arrow::io::ReadRange& where, std::int64_t rows,
                                    const RangedFile& file);

/// One a page; empty where there is no index. Likewise.
PageStats ReadPageStats(const parquet::ColumnChunkMetaData& chunk,
                        const parquet::ColumnDescriptor& leaf, const ChunkPages& pages,
                        const RangedFile& file);

/// The rows that have `rows`, at least, and are whole pages of every chunk.
RowRanges WholePages(const std::vector<ChunkPages>& chunks, RowRanges rows);

/// What is known of `part` rows out of the `rows` that `stats` (may be null) is about.
std::shared_ptr<const parquet::EncodedStatistics> StatsOfPart(
    const std::shared_ptr<const parquet::EncodedStatistics>& stats, std::int64_t rows,
    std::int64_t part);

}  // namespace sluice::client
