#include "client/group_rows.h"

#include <arrow/io/memory.h>
#include <parquet/bloom_filter.h>

#include <algorithm>
#include <set>

#include "client/bloom_ranges.h"
#include "client/equality_probes.h"
#include "client/open_file.h"
#include "client/read_ranges.h"
#include "parquet_table/footer_stats.h"

namespace sluice::client {
namespace {

using arrow::io::ReadRange;
using StatsPtr = std::shared_ptr<const parquet::EncodedStatistics>;

/// What is fetched to be spared a fetch may be this part of it.
constexpr std::int64_t kShareOfIndexes = 8;
constexpr std::int64_t kShareOfBloomFilters = 4;
/// For less than this no further round trip is made.
constexpr std::int64_t kWorthATripBytes = std::int64_t{512} << 10;
/// Of one row group; with more it is read whole.
constexpr std::size_t kMaxParts = 64 * 1024;

/// A column of the filter in one row group.
struct JudgedChunk {
  StatsPtr stats;  ///< Of the whole.
  std::optional<ChunkPages> pages;
  PageStats page_stats;  ///< Empty: not known.
};

class RowChooser {
 public:
  RowChooser(parquet::arrow::FileReader* reader, const OpenFile& open)
      : reader_(reader),
        open_(open),
        skipper_(*open.request.plan->skipper),
        columns_(skipper_.ColumnsIn(reader->manifest())),
        file_(MakeRangedFile(open)),
        filters_(*open.metadata, open.request.size) {
    for (int i = 0; i < metadata().num_row_groups(); ++i) {
      predicates_.push_back(skipper_.predicate());
      out_.emplace_back();
      Append({0, metadata().RowGroup(i)->num_rows()}, &out_.back().rows);
    }
    judged_leaves_ =
        parquet_table::StatsBuilder(schema(), columns_.manifest, columns_.fields).leaves();
  }

  Result<std::vector<GroupRows>> Choose() {
    JudgeGroups();
    SLUICE_RETURN_IF_ERROR(AskBloomFilters());
    SLUICE_RETURN_IF_ERROR(AskPageIndexes());
    return std::move(out_);
  }

 private:
  const parquet::FileMetaData& metadata() const { return *open_.metadata; }
  const parquet::SchemaDescriptor& schema() const { return *metadata().schema(); }

  /// Statistics of `rows` rows in the form of the Delta log.
  std::string Json(std::int64_t rows, const parquet_table::StatsOfLeaf& stats) const {
    parquet_table::StatsBuilder builder(schema(), columns_.manifest, columns_.fields);
    builder.Add(rows, stats);
    return builder.Json();
  }

  std::string JsonOfGroup(const parquet::RowGroupMetaData& group) const {
    return Json(group.num_rows(),
                [&group](int leaf) { return parquet_table::StatsOf(*group.ColumnChunk(leaf)); });
  }

  void JudgeGroups() {
    std::vector<std::string> stats;
    stats.reserve(out_.size());
    for (int i = 0; i < metadata().num_row_groups(); ++i) {
      stats.push_back(JsonOfGroup(*metadata().RowGroup(i)));
    }
    const auto may_match =
        skipper_.MayMatch(*skipper_.predicate(), open_.request.partition_values, stats);
    for (std::size_t i = 0; i < out_.size(); ++i) {
      if (!may_match[i]) out_[i].rows.clear();
    }
  }

  std::vector<int> GroupsLeft() const {
    std::vector<int> groups;
    for (std::size_t i = 0; i < out_.size(); ++i) {
      if (!out_[i].rows.empty()) groups.push_back(static_cast<int>(i));
    }
    return groups;
  }

  /// Whether `ranges` are in memory now.
  Result<bool> Get(const std::vector<ReadRange>& ranges, std::int64_t share);
  Status AskBloomFilters();
  void AskBloomFilters(const EqualityProbes& probes, int group);
  Status AskPageIndexes();
  void AskPageIndexes(int group);
  ReadRange ChunkRange(int group, int leaf) const;
  std::optional<RowRanges> JudgePages(int group, const std::map<int, JudgedChunk>& chunks) const;
  std::vector<std::vector<int>> PagedFields() const;
  void LeaveOutPages(int group, std::map<int, JudgedChunk> judged);

  parquet::arrow::FileReader* const reader_;
  const OpenFile& open_;
  const FileSkipper& skipper_;
  const JudgedColumns columns_;
  const std::shared_ptr<RangedFile> file_;
  const BloomRanges filters_;
  std::vector<int> judged_leaves_;
  std::vector<predicate::ExpressionPtr> predicates_;  ///< One a row group.
  std::vector<GroupRows> out_;                        ///< Likewise.
};

Result<bool> RowChooser::Get(const std::vector<ReadRange>& ranges, std::int64_t share) {
  std::int64_t missing = 0;
  for (const ReadRange& range : ranges) {
    if (range.offset < 0 || range.length <= 0) return false;
    if (range.length > open_.request.size - range.offset) return false;
    if (file_->Kept(range.offset, range.length) == nullptr) missing += range.length;
  }
  if (missing == 0) return true;
  std::int64_t needed = 0;
  for (const int group : GroupsLeft()) {
    for (const int leaf : open_.leaves) {
      needed += metadata().RowGroup(group)->ColumnChunk(leaf)->total_compressed_size();
    }
  }
  if (needed < kWorthATripBytes || missing > needed / share) return false;
  SLUICE_RETURN_IF_ERROR(FetchRanges(open_, ranges, file_.get()));
  return true;
}

Status RowChooser::AskBloomFilters() {
  const EqualityProbes probes(skipper_, reader_->manifest(), schema());
  std::vector<ReadRange> ranges;
  for (const int group : GroupsLeft()) {
    for (const int leaf : probes.leaves()) {
      const auto filter = filters_.Of(*metadata().RowGroup(group)->ColumnChunk(leaf));
      if (filter) ranges.push_back(*filter);
    }
  }
  if (ranges.empty()) return {};
  SLUICE_TRY(const bool have, Get(ranges, kShareOfBloomFilters));
  for (const int group : GroupsLeft()) {
    if (have) AskBloomFilters(probes, group);
  }
  return {};
}

void RowChooser::AskBloomFilters(const EqualityProbes& probes, int group) {
  const auto meta = metadata().RowGroup(group);
  std::map<int, parquet::BlockSplitBloomFilter> filters;
  for (const int leaf : probes.leaves()) {
    const auto range = filters_.Of(*meta->ColumnChunk(leaf));
    const auto bytes = range ? file_->Kept(range->offset, range->length) : nullptr;
    if (bytes == nullptr) continue;
    try {
      arrow::io::BufferReader stream(bytes);
      filters.emplace(
          leaf, parquet::BlockSplitBloomFilter::Deserialize(parquet::ReaderProperties(), &stream));
    } catch (const parquet::ParquetException&) {
      continue;  // It is of no use, and the rows are there all the same.
    }
  }
  auto& predicate = predicates_[static_cast<std::size_t>(group)];
  predicate = probes.Without(predicate, [&filters](int leaf) -> const parquet::BloomFilter* {
    const auto filter = filters.find(leaf);
    return filter == filters.end() ? nullptr : &filter->second;
  });
  const bool may_match =
      skipper_.MayMatch(*predicate, open_.request.partition_values, {JsonOfGroup(*meta)})[0];
  if (!may_match) out_[static_cast<std::size_t>(group)].rows.clear();
}

/// Whether each of its rows is one value of each leaf below `field`, whose leaves these are.
bool HasFlatLeaves(const parquet::arrow::SchemaField& field,
                   const parquet::SchemaDescriptor& schema, std::vector<int>* leaves) {
  if (field.is_leaf()) {
    leaves->push_back(field.column_index);
    return schema.Column(field.column_index)->max_repetition_level() == 0;
  }
  return std::all_of(field.children.begin(), field.children.end(),
                     [&](const auto& child) { return HasFlatLeaves(child, schema, leaves); });
}

/// Columns of which pages can be left out, as their leaves: those without lists and maps.
std::vector<std::vector<int>> RowChooser::PagedFields() const {
  std::vector<std::vector<int>> out;
  for (const int field : open_.fields) {
    std::vector<int> leaves;
    const auto& have = reader_->manifest().schema_fields[static_cast<std::size_t>(field)];
    if (HasFlatLeaves(have, schema(), &leaves)) out.push_back(std::move(leaves));
  }
  return out;
}

Status RowChooser::AskPageIndexes() {
  if (judged_leaves_.empty()) return {};
  std::set<int> others;
  for (const auto& leaves : PagedFields()) others.insert(leaves.begin(), leaves.end());
  for (const int leaf : judged_leaves_) others.erase(leaf);
  std::vector<ReadRange> ranges;
  bool has_bounds = false;
  for (const int group : GroupsLeft()) {
    const auto meta = metadata().RowGroup(group);
    const auto add = [&](int leaf, bool bounds) {
      const auto more = IndexRanges(*meta->ColumnChunk(leaf), bounds);
      ranges.insert(ranges.end(), more.begin(), more.end());
      has_bounds = has_bounds || more.size() == 2;
    };
    for (const int leaf : judged_leaves_) add(leaf, true);
    for (const int leaf : others) add(leaf, false);
  }
  if (!has_bounds) return {};
  SLUICE_TRY(const bool have, Get(ranges, kShareOfIndexes));
  for (const int group : GroupsLeft()) {
    if (have) AskPageIndexes(group);
  }
  return {};
}

ReadRange RowChooser::ChunkRange(int group, int leaf) const {
  const auto ranges = reader_->parquet_reader()->GetReadRanges({group}, {leaf}, 0, kMaxRangeBytes);
  return ranges.ok() && ranges->size() == 1 ? ranges->front() : ReadRange{};
}

void RowChooser::AskPageIndexes(int group) {
  const auto meta = metadata().RowGroup(group);
  const std::int64_t rows = meta->num_rows();
  std::map<int, JudgedChunk> judged;
  for (const int leaf : judged_leaves_) {
    const auto chunk = meta->ColumnChunk(leaf);
    JudgedChunk& out = judged[leaf];
    out.stats = parquet_table::StatsOf(*chunk);
    out.pages = ReadPages(*chunk, ChunkRange(group, leaf), rows, *file_);
    if (out.pages)
      out.page_stats = ReadPageStats(*chunk, *schema().Column(leaf), *out.pages, *file_);
  }
  auto may_match = JudgePages(group, judged);
  if (!may_match) return;
  out_[static_cast<std::size_t>(group)].rows = *std::move(may_match);
  LeaveOutPages(group, std::move(judged));
}

void RowChooser::LeaveOutPages(int group, std::map<int, JudgedChunk> judged) {
  GroupRows& out = out_[static_cast<std::size_t>(group)];
  const auto meta = metadata().RowGroup(group);
  const std::int64_t rows = meta->num_rows();
  if (out.rows.empty() || CountRows(out.rows) == rows) return;
  for (const auto& leaves : PagedFields()) {
    std::vector<ChunkPages> chunks;
    for (const int leaf : leaves) {
      const auto known = judged.find(leaf);
      auto pages = known != judged.end()
                       ? std::move(known->second.pages)
                       : ReadPages(*meta->ColumnChunk(leaf), ChunkRange(group, leaf), rows, *file_);
      if (pages) chunks.push_back(*std::move(pages));
    }
    if (leaves.empty() || chunks.size() != leaves.size()) continue;
    // A column's fields are put together row by row, so the same rows of all are read.
    const RowRanges read = WholePages(chunks, out.rows);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      out.pages[leaves[i]] = {std::move(chunks[i]), read};
    }
  }
}

/// The group is cut wherever a page of one of the columns begins.
std::optional<RowRanges> RowChooser::JudgePages(int group,
                                                const std::map<int, JudgedChunk>& chunks) const {
  const std::int64_t rows = metadata().RowGroup(group)->num_rows();
  std::set<std::int64_t> cuts{0, rows};
  for (const auto& [leaf, chunk] : chunks) {
    if (chunk.page_stats.empty()) continue;
    for (const DataPage& page : chunk.pages->pages) cuts.insert(page.first_row);
    if (cuts.size() > kMaxParts) return std::nullopt;
  }
  const auto stats_of = [&](const JudgedChunk& chunk, std::int64_t begin, std::int64_t part) {
    if (chunk.page_stats.empty()) return StatsOfPart(chunk.stats, rows, part);
    const auto& pages = chunk.pages->pages;
    const auto next = std::upper_bound(
        pages.begin(), pages.end(), begin,
        [](std::int64_t row, const DataPage& page) { return row < page.first_row; });
    const auto i = static_cast<std::size_t>(next - pages.begin()) - 1;
    const RowRange of_page = chunk.pages->RowsOf(i);
    return StatsOfPart(chunk.page_stats[i], of_page.end - of_page.begin, part);
  };
  std::vector<RowRange> parts;
  std::vector<std::string> stats;
  for (auto cut = cuts.begin(); std::next(cut) != cuts.end(); ++cut) {
    const RowRange& part = parts.emplace_back(RowRange{*cut, *std::next(cut)});
    const std::int64_t count = part.end - part.begin;
    stats.push_back(
        Json(count, [&](int leaf) { return stats_of(chunks.at(leaf), part.begin, count); }));
  }
  const auto may_match = skipper_.MayMatch(*predicates_[static_cast<std::size_t>(group)],
                                           open_.request.partition_values, stats);
  RowRanges out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (may_match[i]) Append(parts[i], &out);
  }
  return out;
}

}  // namespace

Result<std::vector<GroupRows>> ChooseRows(parquet::arrow::FileReader* reader,
                                          const OpenFile& open) {
  return RowChooser(reader, open).Choose();
}

}  // namespace sluice::client
