#include "client/data_file.h"

#include <parquet/size_statistics.h>

#include <algorithm>

#include "client/open_file.h"
#include "client/paged_rows.h"

namespace sluice::client {
namespace {

/// Files up to this size come in one piece: a round trip costs more than bytes not needed.
constexpr std::int64_t kWholeFileBytes = std::int64_t{4} << 20;
constexpr std::int64_t kTailBytes = std::int64_t{64} << 10;
constexpr std::int64_t kMinFileBytes = 12;
/// Batches of wide rows hold fewer of them.
constexpr std::int64_t kTargetBatchBytes = std::int64_t{16} << 20;
constexpr std::int64_t kMinBatchRows = 1024;

/// The bytes of the pages that are read of a chunk; nullopt: all of it.
std::optional<std::int64_t> PagesRead(const OpenFile& open, int row_group, int leaf) {
  const GroupRows* const chosen = open.Chosen(row_group);
  if (chosen == nullptr || !chosen->pages.contains(leaf)) return std::nullopt;
  const auto& [chunk, rows] = chosen->pages.at(leaf);
  const auto wanted = PagesOf(chunk, rows);
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) bytes += wanted[i] ? chunk.pages[i].bytes : 0;
  return bytes;
}

std::int64_t Bounded(std::int64_t bytes) {
  return std::clamp<std::int64_t>(bytes, 0, std::int64_t{1} << 40);
}

/// In Arrow's form, whatever the encoding: a dictionary makes files smaller, not batches.
std::int64_t DecodedBytes(const parquet::ColumnChunkMetaData& chunk,
                          const parquet::ColumnDescriptor& leaf) {
  const std::int64_t values = Bounded(chunk.num_values());
  const auto& logical = leaf.logical_type();
  if (logical != nullptr && logical->is_decimal()) return values * 16;
  switch (leaf.physical_type()) {
    case parquet::Type::BOOLEAN:
      return values / 8;
    case parquet::Type::INT32:
    case parquet::Type::FLOAT:
      return values * 4;
    case parquet::Type::INT64:
    case parquet::Type::INT96:
    case parquet::Type::DOUBLE:
      return values * 8;
    default: {
      const auto sizes = chunk.size_statistics();
      const bool told = sizes != nullptr && sizes->unencoded_byte_array_data_bytes;
      return values * 4 + Bounded(told ? *sizes->unencoded_byte_array_data_bytes
                                       : chunk.total_uncompressed_size());
    }
  }
}

void AddColumn(const parquet::ColumnChunkMetaData& chunk, const parquet::ColumnDescriptor& leaf,
               std::optional<std::int64_t> pages, FileUnit* unit) {
  const std::int64_t compressed = Bounded(chunk.total_compressed_size());
  const std::int64_t decoded = DecodedBytes(chunk, leaf);
  unit->fetch_bytes += pages.value_or(compressed);
  const double share =
      pages && compressed > 0 ? static_cast<double>(*pages) / static_cast<double>(compressed) : 1;
  unit->decoded_bytes += static_cast<std::int64_t>(static_cast<double>(decoded) * share);
}

Result<std::vector<FileUnit>> MakeUnits(const OpenFile& open) {
  std::vector<FileUnit> units;
  std::int64_t next_row = 0;
  for (int i = 0; i < open.metadata->num_row_groups(); ++i) {
    const auto group = open.metadata->RowGroup(i);
    FileUnit unit;
    unit.row_group = i;
    unit.first_row = next_row;
    unit.num_rows = group->num_rows();
    next_row += unit.num_rows;
    for (const int leaf : open.leaves) {
      AddColumn(*group->ColumnChunk(leaf), *open.metadata->schema()->Column(leaf),
                PagesRead(open, i, leaf), &unit);
    }
    unit.live_rows = open.request.rows ? open.request.rows->CountIn(unit.first_row, unit.num_rows)
                                       : unit.num_rows;
    const GroupRows* const chosen = open.Chosen(i);
    unit.read_rows = chosen == nullptr ? unit.num_rows : CountRows(chosen->rows);
    if (unit.live_rows > 0 && unit.read_rows > 0) units.push_back(unit);
  }
  const auto& rows = open.request.rows;
  if (rows && rows->named.CountIn(0, next_row) != rows->named.cardinality()) {
    return Fail(ErrorKind::kCorrupt, "the deletion vector names rows beyond the file's {}",
                next_row);
  }
  return units;
}

Status CheckRows(const parquet::FileMetaData& metadata) {
  std::int64_t rows = 0;
  for (int i = 0; i < metadata.num_row_groups(); ++i) {
    const std::int64_t more = metadata.RowGroup(i)->num_rows();
    if (more < 0 || __builtin_add_overflow(rows, more, &rows)) {
      return Fail(ErrorKind::kCorrupt, "row group {} claims {} rows", i, more);
    }
  }
  return {};
}

Status ReadFooter(OpenFile* open) {
  const std::int64_t size = open->request.size;
  if (size < kMinFileBytes) return Fail(ErrorKind::kCorrupt, "{} bytes are no Parquet file", size);
  const std::int64_t begin = size <= kWholeFileBytes ? 0 : size - kTailBytes;
  SLUICE_TRY(auto bytes, open->request.fetch(begin, size - begin));
  open->kept.push_back({begin, std::move(bytes)});
  SLUICE_TRY(const ParquetReaderPtr reader,
             OpenParquet(MakeRangedFile(*open), kMinBatchRows, nullptr));
  open->metadata = reader->parquet_reader()->metadata();
  SLUICE_RETURN_IF_ERROR(MapColumns(reader->manifest(), open));
  SLUICE_RETURN_IF_ERROR(CheckRows(*open->metadata));
  if (open->request.plan->skipper) {
    SLUICE_TRY(open->groups, ChooseRows(reader.get(), *open));
  }
  // The footer is parsed; of what was fetched only a whole file is of more use.
  if (begin > 0) open->kept.clear();
  return {};
}

}  // namespace

Result<DataFile> DataFile::Open(DataFileRequest request) {
  auto open = std::make_shared<OpenFile>();
  open->request = std::move(request);
  const auto& rows = open->request.rows;
  if (rows && rows->only_named && rows->named.cardinality() == 0) return DataFile();
  return WithoutThrowing([&]() -> Result<DataFile> {
    SLUICE_RETURN_IF_ERROR(ReadFooter(open.get()));
    DataFile file;
    SLUICE_TRY(file.units_, MakeUnits(*open));
    file.open_ = std::move(open);
    return file;
  });
}

Result<DataFile> DataFile::OfRows(DataFileRequest request, std::int64_t num_rows) {
  auto open = std::make_shared<OpenFile>();
  open->request = std::move(request);
  SLUICE_RETURN_IF_ERROR(MapColumns(parquet::arrow::SchemaManifest(), open.get()));
  DataFile file;
  file.open_ = std::move(open);
  FileUnit unit;
  unit.num_rows = unit.live_rows = unit.read_rows = num_rows;
  if (num_rows > 0) file.units_.push_back(unit);
  return file;
}

UnitReader DataFile::Read(std::size_t index, std::int64_t max_rows) const {
  const FileUnit& unit = units_.at(index);
  const std::int64_t row_bytes = std::max<std::int64_t>(unit.decoded_bytes / unit.read_rows, 1);
  const std::int64_t rows =
      std::clamp(kTargetBatchBytes / row_bytes, std::min(kMinBatchRows, max_rows), max_rows);
  return UnitReader(open_, unit, rows);
}

}  // namespace sluice::client
