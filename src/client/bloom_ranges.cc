#include "client/bloom_ranges.h"

#include <algorithm>

namespace sluice::client {
namespace {

/// Of the footer's length and the magic bytes behind it.
constexpr std::int64_t kTailBytes = 8;

}  // namespace

BloomRanges::BloomRanges(const parquet::FileMetaData& metadata, std::int64_t size) {
  for (int group = 0; group < metadata.num_row_groups(); ++group) {
    const auto columns = metadata.RowGroup(group);
    for (int leaf = 0; leaf < columns->num_columns(); ++leaf) {
      const auto chunk = columns->ColumnChunk(leaf);
      starts_.push_back(chunk->data_page_offset());
      if (chunk->has_dictionary_page()) starts_.push_back(chunk->dictionary_page_offset());
      if (const auto offset = chunk->bloom_filter_offset()) starts_.push_back(*offset);
      if (const auto at = chunk->GetColumnIndexLocation()) starts_.push_back(at->offset);
      if (const auto at = chunk->GetOffsetIndexLocation()) starts_.push_back(at->offset);
    }
  }
  starts_.push_back(size - kTailBytes - metadata.size());
  std::sort(starts_.begin(), starts_.end());
}

std::optional<arrow::io::ReadRange> BloomRanges::Of(
    const parquet::ColumnChunkMetaData& chunk) const {
  const auto offset = chunk.bloom_filter_offset();
  if (!offset) return std::nullopt;
  if (const auto length = chunk.bloom_filter_length())
    return arrow::io::ReadRange{*offset, *length};
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), *offset);
  if (next == starts_.end()) return std::nullopt;
  return arrow::io::ReadRange{*offset, *next - *offset};
}

}  // namespace sluice::client
