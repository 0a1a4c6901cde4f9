#include "client/page_index.h"

#include <parquet/exception.h>
#include <parquet/page_index.h>

namespace sluice::client {
namespace {

using StatsPtr = std::shared_ptr<const parquet::EncodedStatistics>;

/// Null where `file` does not have it in memory.
std::shared_ptr<arrow::Buffer> BytesAt(const std::optional<parquet::IndexLocation>& location,
                                       const RangedFile& file) {
  return location ? file.Kept(location->offset, location->length) : nullptr;
}

/// After so many steps a column is read whole: pages of its fields that never end together.
constexpr int kMaxWidenings = 8;

/// The rows of the pages that have some of `rows`.
RowRanges PagesWith(const ChunkPages& chunk, const RowRanges& rows) {
  RowRanges out;
  for (std::size_t i = 0; i < chunk.pages.size(); ++i) {
    const RowRange of_page = chunk.RowsOf(i);
    if (CountRows(rows, of_page.begin, of_page.end) > 0) Append(of_page, &out);
  }
  return out;
}

bool IsSound(const ChunkPages& chunk, const arrow::io::ReadRange& where) {
  std::int64_t last_end = where.offset;
  std::int64_t last_row = -1;
  for (const DataPage& page : chunk.pages) {
    std::int64_t end = 0;
    if (page.offset < last_end || page.bytes <= 0) return false;
    if (__builtin_add_overflow(page.offset, page.bytes, &end)) return false;
    if (end > where.offset + where.length) return false;
    if (page.first_row <= last_row || page.first_row >= chunk.rows) return false;
    last_end = end;
    last_row = page.first_row;
  }
  return !chunk.pages.empty() && chunk.pages.front().first_row == 0;
}

StatsPtr StatsOfPage(const parquet::ColumnIndex& index, std::size_t page, std::int64_t rows) {
  auto stats = std::make_shared<parquet::EncodedStatistics>();
  if (index.null_pages()[page]) {
    stats->has_null_count = true;
    stats->null_count = rows;
    return stats;
  }
  if (index.has_null_counts()) {
    stats->has_null_count = true;
    stats->null_count = index.null_counts()[page];
  }
  const std::string& min = index.encoded_min_values()[page];
  const std::string& max = index.encoded_max_values()[page];
  // Where values were left out, all texts would seem to be empty.
  if (max.empty()) return stats;
  stats->set_min(min);
  stats->set_max(max);
  stats->is_min_value_exact = false;
  stats->is_max_value_exact = false;
  return stats;
}

}  // namespace

std::vector<arrow::io::ReadRange> IndexRanges(const parquet::ColumnChunkMetaData& chunk,
                                              bool bounds) {
  std::vector<arrow::io::ReadRange> ranges;
  if (const auto at = chunk.GetOffsetIndexLocation()) ranges.push_back({at->offset, at->length});
  if (!bounds) return ranges;
  if (const auto at = chunk.GetColumnIndexLocation()) ranges.push_back({at->offset, at->length});
  return ranges;
}

std::optional<ChunkPages> ReadPages(const parquet::ColumnChunkMetaData& chunk,
                                    const arrow::io::ReadRange& where, std::int64_t rows,
                                    const RangedFile& file) {
  const auto bytes = BytesAt(chunk.GetOffsetIndexLocation(), file);
  if (bytes == nullptr) return std::nullopt;
  try {
    const auto index =
        parquet::OffsetIndex::Make(bytes->data(), bytes->size(), parquet::ReaderProperties());
    ChunkPages out;
    out.rows = rows;
    for (const auto& page : index->page_locations()) {
      out.pages.push_back({page.offset, page.compressed_page_size, page.first_row_index});
    }
    return IsSound(out, where) ? std::optional(std::move(out)) : std::nullopt;
  } catch (const parquet::ParquetException&) {
    return std::nullopt;
  }
}

PageStats ReadPageStats(const parquet::ColumnChunkMetaData& chunk,
                        const parquet::ColumnDescriptor& leaf, const ChunkPages& pages,
                        const RangedFile& file) {
  const auto bytes = BytesAt(chunk.GetColumnIndexLocation(), file);
  if (bytes == nullptr) return {};
  try {
    const auto index =
        parquet::ColumnIndex::Make(leaf, bytes->data(), bytes->size(), parquet::ReaderProperties());
    const std::size_t count = pages.pages.size();
    if (index->null_pages().size() != count || index->encoded_min_values().size() != count ||
        index->encoded_max_values().size() != count ||
        (index->has_null_counts() && index->null_counts().size() != count)) {
      return {};
    }
    PageStats stats;
    for (std::size_t i = 0; i < count; ++i) {
      const RowRange rows = pages.RowsOf(i);
      stats.push_back(StatsOfPage(*index, i, rows.end - rows.begin));
    }
    return stats;
  } catch (const parquet::ParquetException&) {
    return {};
  }
}

RowRanges WholePages(const std::vector<ChunkPages>& chunks, RowRanges rows) {
  for (int step = 0; step < kMaxWidenings; ++step) {
    RowRanges wider = rows;
    for (const ChunkPages& chunk : chunks) wider = PagesWith(chunk, wider);
    if (wider == rows) return rows;
    rows = std::move(wider);
  }
  return {{0, chunks.front().rows}};
}

StatsPtr StatsOfPart(const StatsPtr& stats, std::int64_t rows, std::int64_t part) {
  if (stats == nullptr || part == rows) return stats;
  auto out = std::make_shared<parquet::EncodedStatistics>(*stats);
  if (stats->has_null_count && stats->null_count == rows) {
    out->null_count = part;
  } else {
    out->has_null_count = stats->has_null_count && stats->null_count == 0;
  }
  return out;
}

}  // namespace sluice::client
