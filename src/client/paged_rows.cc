#include "client/paged_rows.h"

#include <arrow/array/concatenate.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <cstring>

#include "client/block_pool.h"
#include "client/read_ranges.h"

namespace sluice::client {
namespace {

using arrow::io::ReadRange;
using BufferPtr = std::shared_ptr<arrow::Buffer>;

constexpr std::int64_t kMaxGapBytes = std::int64_t{1} << 30;

/// The header, in Thrift's compact protocol, of an index page that fills `bytes` with itself:
/// readers pass over such pages. Empty where so few bytes cannot be filled.
std::string GapHeader(std::int64_t bytes) {
  for (std::size_t digits = 1; digits <= 5; ++digits) {
    // Of type 1, 0 bytes uncompressed, and so many as they are in the file.
    std::string header("\x15\x02\x15\x00\x15", 5);
    std::int64_t value = (bytes - 5 - static_cast<std::int64_t>(digits) - 1) * 2;
    if (value < 0) return {};
    for (std::size_t i = 0; i < digits; ++i, value >>= 7) {
      header.push_back(static_cast<char>((value & 0x7F) | (i + 1 < digits ? 0x80 : 0)));
    }
    if (value == 0) return header + '\0';
  }
  return {};
}

/// What is fetched of a column chunk, and what is not.
struct PrunedChunk {
  ReadRange where;
  std::vector<ReadRange> kept;  ///< Absolute.
  std::vector<ReadRange> gaps;
};

PrunedChunk Prune(const PrunedPages& pages, const ReadRange& where) {
  const ChunkPages& chunk = pages.chunk;
  PrunedChunk out{where, {}, {}};
  const auto add = [](std::vector<ReadRange>* ranges, std::int64_t begin, std::int64_t end) {
    if (begin == end) return;
    if (!ranges->empty() && ranges->back().offset + ranges->back().length == begin) {
      ranges->back().length = end - ranges->back().offset;
    } else {
      ranges->push_back({begin, end - begin});
    }
  };
  const std::vector<bool> wanted = PagesOf(chunk, pages.rows);
  std::int64_t end = where.offset;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const DataPage& page = chunk.pages[i];
    add(&out.kept, end, page.offset);
    add(wanted[i] ? &out.kept : &out.gaps, page.offset, page.end());
    end = page.end();
  }
  add(&out.kept, end, where.offset + where.length);
  return out;
}

/// The chunk as the Parquet library wants it, in one piece.
Result<BufferPtr> Assemble(const PrunedChunk& chunk, const RangedFile& source) {
  SLUICE_TRY(
      std::unique_ptr<arrow::Buffer> bytes,
      FromArrow(arrow::AllocateBuffer(chunk.where.length, ScanMemory()), "a column's pages"));
  std::uint8_t* const begin = bytes->mutable_data();
  for (const ReadRange& range : chunk.kept) {
    const BufferPtr part = source.Kept(range.offset, range.length);
    if (part == nullptr) return Fail(ErrorKind::kInternal, "a page was not fetched");
    std::memcpy(begin + (range.offset - chunk.where.offset), part->data(),
                static_cast<std::size_t>(range.length));
  }
  for (const ReadRange& gap : chunk.gaps) {
    std::int64_t at = gap.offset - chunk.where.offset;
    std::int64_t left = gap.length;
    while (left > 0) {
      // Half of what is left, lest the rest be too small for a page.
      const std::int64_t size = left <= kMaxGapBytes ? left : kMaxGapBytes / 2;
      const std::string header = GapHeader(size);
      if (header.empty()) return Fail(ErrorKind::kCorrupt, "a page of {} bytes is none", size);
      std::memcpy(begin + at, header.data(), header.size());
      at += size;
      left -= size;
    }
  }
  return BufferPtr(std::move(bytes));
}

RangeFetch Refuse() {
  return [](std::int64_t begin, std::int64_t) -> Result<BufferPtr> {
    return Fail(ErrorKind::kCorrupt, "the page index leaves out byte {}, which is needed", begin);
  };
}

Result<ReadRange> ChunkRange(const OpenFile& open, int row_group, int leaf,
                             parquet::arrow::FileReader* reader) {
  SLUICE_TRY(const auto ranges, FromArrow(reader->parquet_reader()->GetReadRanges(
                                              {row_group}, {leaf}, 0, kMaxRangeBytes),
                                          "parquet"));
  if (ranges.size() != 1 || ranges[0].offset < 0 || ranges[0].length <= 0 ||
      ranges[0].length > open.request.size - ranges[0].offset) {
    return Fail(ErrorKind::kCorrupt, "row group {} lies outside of the file", row_group);
  }
  return ranges[0];
}

/// A file that has what is wanted of the row group and nothing else.
Result<std::shared_ptr<RangedFile>> FetchPages(const OpenFile& open, int row_group,
                                               const GroupRows& group) {
  const auto source = MakeRangedFile(open);
  SLUICE_TRY(const auto reader, OpenParquet(source, 1, open.metadata));
  std::vector<PrunedChunk> chunks;
  std::vector<ReadRange> needed;
  for (const int leaf : open.leaves) {
    SLUICE_TRY(const ReadRange where, ChunkRange(open, row_group, leaf, reader.get()));
    const auto pages = group.pages.find(leaf);
    chunks.push_back(pages != group.pages.end() ? Prune(pages->second, where)
                                                : PrunedChunk{where, {where}, {}});
    needed.insert(needed.end(), chunks.back().kept.begin(), chunks.back().kept.end());
  }
  SLUICE_RETURN_IF_ERROR(FetchRanges(open, std::move(needed), source.get()));
  auto file = std::make_shared<RangedFile>(open.request.size, Refuse());
  for (const PrunedChunk& chunk : chunks) {
    BufferPtr whole = source->Kept(chunk.where.offset, chunk.where.length);
    if (!chunk.gaps.empty() || whole == nullptr) {
      SLUICE_TRY(whole, Assemble(chunk, *source));
    }
    file->Keep({chunk.where.offset, std::move(whole)});
  }
  return file;
}

/// In itself or in a field, down to the last.
bool HasRows(const arrow::ArrayData& array) {
  return array.length > 0 || std::any_of(array.child_data.begin(), array.child_data.end(),
                                         [](const auto& child) { return HasRows(*child); });
}

bool HasRows(const arrow::ChunkedArray& array) {
  return std::any_of(array.chunks().begin(), array.chunks().end(),
                     [](const auto& chunk) { return HasRows(*chunk->data()); });
}

/// -1: there is none.
int FirstLeaf(const parquet::arrow::SchemaField& field) {
  if (field.is_leaf()) return field.column_index;
  return field.children.empty() ? -1 : FirstLeaf(field.children.front());
}

}  // namespace

std::vector<bool> PagesOf(const ChunkPages& chunk, const RowRanges& rows) {
  std::vector<bool> out;
  for (std::size_t i = 0; i < chunk.pages.size(); ++i) {
    const RowRange of_page = chunk.RowsOf(i);
    out.push_back(CountRows(rows, of_page.begin, of_page.end) > 0);
  }
  return out;
}

Result<std::unique_ptr<PagedRows>> PagedRows::Open(const OpenFile& open, int row_group,
                                                   std::int64_t batch_rows) {
  const GroupRows& group = open.groups[static_cast<std::size_t>(row_group)];
  std::unique_ptr<PagedRows> out(new PagedRows);
  SLUICE_TRY(out->file_, FetchPages(open, row_group, group));
  SLUICE_TRY(out->reader_, OpenParquet(out->file_, batch_rows, open.metadata->Subset({row_group})));
  out->batch_rows_ = batch_rows;
  out->group_rows_ = open.metadata->RowGroup(row_group)->num_rows();
  out->wanted_ = group.rows;
  out->next_row_ = group.rows.front().begin;
  arrow::FieldVector fields;
  for (const int field : open.fields) {
    const auto& have = out->reader_->manifest().schema_fields[static_cast<std::size_t>(field)];
    fields.push_back(have.field);
    Column& column = out->columns_.emplace_back();
    SLUICE_RETURN_IF_ARROW(out->reader_->GetColumn(field, &column.reader), "parquet");
    const auto pages = group.pages.find(FirstLeaf(have));
    column.has_all = pages == group.pages.end();
    column.rows = column.has_all ? RowRanges{{0, out->group_rows_}} : pages->second.rows;
  }
  out->schema_ = arrow::schema(std::move(fields));
  return out;
}

Result<std::shared_ptr<arrow::Array>> PagedRows::Read(Column* column, std::int64_t rows) {
  std::shared_ptr<arrow::ChunkedArray> chunks;
  const arrow::Status status = column->reader->NextBatch(rows, &chunks);
  if (!status.ok()) return Fail(CauseOf(*file_, status));
  const bool whole = chunks != nullptr && chunks->length() == rows;
  // Fields of a struct that end apart from each other make an array that is none.
  if (!whole || !chunks->Validate().ok()) {
    return Fail(ErrorKind::kCorrupt, "its pages do not hold the rows that their index promises");
  }
  if (chunks->num_chunks() == 1) return chunks->chunk(0);
  return FromArrow(arrow::Concatenate(chunks->chunks(), ScanMemory()), "parquet");
}

Status PagedRows::SkipTo(std::int64_t row, Column* column) {
  std::int64_t rows = CountRows(column->rows, column->next_row, row);
  column->next_row = row;
  while (rows > 0) {
    const std::int64_t some = std::min(rows, batch_rows_);
    SLUICE_RETURN_IF_ERROR(Read(column, some));
    rows -= some;
  }
  return {};
}

/// Whether there is as much as there should be, where pages were left out by what an index said.
Status PagedRows::Finish() {
  for (Column& column : columns_) {
    if (column.has_all) continue;
    SLUICE_RETURN_IF_ERROR(SkipTo(group_rows_, &column));
    std::shared_ptr<arrow::ChunkedArray> more;
    const arrow::Status status = column.reader->NextBatch(1, &more);
    if (!status.ok()) return Fail(CauseOf(*file_, status));
    if (more != nullptr && HasRows(*more)) {
      return Fail(ErrorKind::kCorrupt, "its pages hold more rows than their index promises");
    }
  }
  return {};
}

Result<PagedRows::Part> PagedRows::Next() {
  if (range_ == wanted_.size()) {
    SLUICE_RETURN_IF_ERROR(Finish());
    return Part{};
  }
  const RowRange range = wanted_[range_];
  const std::int64_t rows = std::min(range.end - next_row_, batch_rows_);
  arrow::ArrayVector arrays;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    SLUICE_RETURN_IF_ERROR(SkipTo(next_row_, &column));
    auto array = Read(&column, rows);
    if (!array) {
      return Fail(array.error().At(
          fmt::format("column '{}'", schema_->field(static_cast<int>(i))->name())));
    }
    arrays.push_back(*std::move(array));
    column.next_row += rows;
  }
  Part part{next_row_, arrow::RecordBatch::Make(schema_, rows, std::move(arrays))};
  next_row_ += rows;
  if (next_row_ == range.end && ++range_ < wanted_.size()) next_row_ = wanted_[range_].begin;
  return part;
}

}  // namespace sluice::client
