#include "client/open_file.h"

#include <algorithm>

#include "client/block_pool.h"
#include "client/read_ranges.h"
#include "client/text_dictionary.h"

namespace sluice::client {
namespace {

void AddLeaves(const parquet::arrow::SchemaField& field, std::vector<int>* leaves) {
  if (field.is_leaf()) leaves->push_back(field.column_index);
  for (const auto& child : field.children) AddLeaves(child, leaves);
}

/// A column of the plan that the file has.
struct FoundColumn {
  int file_field = 0;
  std::size_t plan_index = 0;
};

Result<std::shared_ptr<arrow::Scalar>> CommitTime(const delta::Field& field, std::int64_t millis) {
  if (field.type->kind == delta::DataType::Kind::kLong) return arrow::MakeScalar(millis);
  std::int64_t micros = 0;
  if (__builtin_mul_overflow(millis, std::int64_t{1000}, &micros)) {
    return Fail(ErrorKind::kCorrupt, "{} ms since 1970 are out of range", millis);
  }
  return std::make_shared<arrow::TimestampScalar>(micros, delta::ToArrowType(*field.type));
}

/// What all rows of the file have in this column; null when the file has to say.
Result<std::shared_ptr<arrow::Scalar>> ConstantOf(const ScanColumn& column,
                                                  const DataFileRequest& request) {
  switch (column.source) {
    case ColumnSource::kFile:
      break;
    case ColumnSource::kPartition:
      return delta::ParsePartitionValue(*column.field.type,
                                        FindPartitionValue(column.field, request.partition_values));
    case ColumnSource::kChangeType:
      if (!request.change->type.empty()) return arrow::MakeScalar(request.change->type);
      break;
    case ColumnSource::kCommitVersion:
      return arrow::MakeScalar(request.change->version);
    case ColumnSource::kCommitTime:
      return CommitTime(column.field, request.change->timestamp_ms);
  }
  return std::shared_ptr<arrow::Scalar>();
}

Status AddColumn(const ScanColumn& column, const parquet::arrow::SchemaManifest& manifest,
                 std::vector<FoundColumn>* found, OpenFile* open) {
  const std::size_t index = open->adapters.size();
  open->adapters.emplace_back();
  SLUICE_TRY(auto constant, ConstantOf(column, open->request));
  open->constants.push_back(std::move(constant));
  if (open->constants.back() != nullptr) return {};
  const delta::ColumnMappingMode mapping = open->request.plan->mapping;
  SLUICE_TRY(const auto* have, FindField(column.field, manifest.schema_fields, mapping));
  if (have == nullptr && column.source == ColumnSource::kChangeType) {
    return Fail(ErrorKind::kCorrupt, "a file of changes does not have it");
  }
  SLUICE_TRY(open->adapters[index], ColumnAdapter::Make(column.field, have, mapping));
  if (have != nullptr) {
    found->push_back({static_cast<int>(have - manifest.schema_fields.data()), index});
  }
  return {};
}

/// Whether it comes as the file has it. A file's column may be two of the plan, which want it in
/// one form.
bool IsTextAsItLies(const FoundColumn& column, const std::vector<FoundColumn>& all,
                    const OpenFile& open) {
  const auto same = std::count_if(all.begin(), all.end(), [&column](const FoundColumn& other) {
    return other.file_field == column.file_field;
  });
  return same == 1 && open.adapters[column.plan_index].is_identity() &&
         open.request.plan->columns[column.plan_index].field.type->kind ==
             delta::DataType::Kind::kString;
}

}  // namespace

std::shared_ptr<RangedFile> MakeRangedFile(const OpenFile& open) {
  auto file = std::make_shared<RangedFile>(open.request.size, open.request.fetch);
  for (const FileRange& range : open.kept) file->Keep(range);
  return file;
}

Status FetchRanges(const OpenFile& open, std::vector<arrow::io::ReadRange> ranges,
                   RangedFile* file) {
  std::erase_if(ranges, [file](const arrow::io::ReadRange& range) {
    return file->Kept(range.offset, range.length) != nullptr;
  });
  std::sort(ranges.begin(), ranges.end(),
            [](const auto& a, const auto& b) { return a.offset < b.offset; });
  for (const auto& range : Coalesced(ranges)) {
    if (range.offset < 0 || range.length <= 0 || range.length > open.request.size - range.offset) {
      return Fail(ErrorKind::kCorrupt, "{} bytes at {} lie outside of the file", range.length,
                  range.offset);
    }
    SLUICE_TRY(auto bytes, open.request.fetch(range.offset, range.length));
    file->Keep({range.offset, std::move(bytes)});
  }
  return {};
}

std::vector<int> DictionariesOf(const OpenFile& open, int row_group) {
  std::vector<int> dictionaries;
  const auto group = open.metadata->RowGroup(row_group);
  for (const TextLeaf& text : open.texts) {
    if (text.form == TextForm::kDictionary ||
        IsReadFastAsDictionary(*group->ColumnChunk(text.leaf))) {
      dictionaries.push_back(text.leaf);
    }
  }
  return dictionaries;
}

Result<ParquetReaderPtr> OpenParquet(const std::shared_ptr<RangedFile>& file,
                                     std::int64_t batch_rows,
                                     std::shared_ptr<parquet::FileMetaData> metadata,
                                     const std::vector<int>& dictionaries) {
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_batch_size(batch_rows);
  properties.set_pre_buffer(false);
  for (const int leaf : dictionaries) properties.set_read_dictionary(leaf, true);
  properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
  parquet::arrow::FileReaderBuilder builder;
  builder.memory_pool(ScanMemory());
  arrow::Status status =
      builder.Open(file, parquet::ReaderProperties(ScanMemory()), std::move(metadata));
  if (!status.ok()) return Fail(CauseOf(*file, status));
  builder.properties(properties);
  auto reader = builder.Build();
  if (!reader.ok()) return Fail(CauseOf(*file, reader.status()));
  return *std::move(reader);
}

Status MapColumns(const parquet::arrow::SchemaManifest& manifest, OpenFile* open) {
  std::vector<FoundColumn> found;
  for (const ScanColumn& column : open->request.plan->columns) {
    if (Status status = AddColumn(column, manifest, &found, open); !status) {
      return Fail(status.error().At(fmt::format("column '{}'", column.field.name)));
    }
  }
  // Read in the file's order, which is the order of its bytes.
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.file_field < b.file_field; });
  open->positions.assign(open->adapters.size(), -1);
  int position = -1;
  int last_field = -1;
  for (const FoundColumn& column : found) {
    if (column.file_field != last_field) {
      ++position;
      open->fields.push_back(column.file_field);
      AddLeaves(manifest.schema_fields[static_cast<std::size_t>(column.file_field)], &open->leaves);
    }
    last_field = column.file_field;
    open->positions[column.plan_index] = position;
    if (IsTextAsItLies(column, found, *open)) {
      open->texts.push_back(
          {open->leaves.back(), open->request.plan->FormOfColumn(column.plan_index)});
    }
  }
  return {};
}

Error CauseOf(const RangedFile& file, const arrow::Status& status) {
  return file.failure() ? *file.failure() : FromArrow(status, "parquet");
}

}  // namespace sluice::client
