// UnitReader, declared in data_file.h.
#include <arrow/array/util.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/exec.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <utility>

#include "client/block_pool.h"
#include "client/open_file.h"
#include "client/paged_rows.h"
#include "client/read_ranges.h"
#include "client/text_dictionary.h"
#include "client/text_form.h"

namespace sluice::client {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using ArrayDataPtr = std::shared_ptr<arrow::ArrayData>;

/// The rows for which `keep`, without nulls, is true: `count` of them.
Result<BatchPtr> KeepRows(BatchPtr batch, const arrow::BooleanArray& keep, std::int64_t count) {
  if (batch->num_columns() == 0) {
    return arrow::RecordBatch::Make(batch->schema(), count, arrow::ArrayVector());
  }
  arrow::compute::ExecContext context(ScanMemory());
  SLUICE_TRY(
      const arrow::Datum kept,
      FromArrow(arrow::compute::Filter(arrow::Datum(std::move(batch)), arrow::Datum(keep.data()),
                                       arrow::compute::FilterOptions::Defaults(), &context),
                "dropping rows"));
  return kept.record_batch();
}

}  // namespace

struct UnitReader::Impl {
  std::shared_ptr<const OpenFile> open;
  FileUnit unit;
  std::int64_t batch_rows = 0;
  // Null when no column of the file is asked for, only its rows, and where `paged` is not:
  std::shared_ptr<RangedFile> file;
  ParquetReaderPtr reader;
  std::unique_ptr<arrow::RecordBatchReader> batches;
  BatchPtr rest;  ///< Of the last of these, where it was too much for one; else null.
  std::unique_ptr<PagedRows> paged;  ///< Instead of these, where pages are left out.

  std::vector<std::shared_ptr<arrow::Array>> constants;  ///< At the length of a batch.
  std::int64_t done = 0;

  Status Start();
  Result<BatchPtr> Next();
  Result<BatchPtr> NextOfFile();
  std::int64_t RowsAtOnce(const arrow::RecordBatch& batch) const;
  Result<BatchPtr> DropUnwanted(BatchPtr batch, std::int64_t first_row) const;
  Result<BatchPtr> Adapt(const arrow::RecordBatch& batch);
  Status AdaptColumns(const arrow::RecordBatch& batch, const std::vector<bool>& wanted,
                      arrow::ArrayVector* columns);
  Status FormTexts(arrow::ArrayVector* columns) const;
  Result<ArrayDataPtr> AdaptColumn(const arrow::RecordBatch& batch, std::size_t i);
  Result<ArrayDataPtr> Constant(const arrow::Scalar& scalar, std::size_t i, std::int64_t rows);
};

Status UnitReader::Impl::Start() {
  if (open->leaves.empty()) return {};
  const GroupRows* const chosen = open->Chosen(unit.row_group);
  if (chosen != nullptr && !chosen->pages.empty()) {
    SLUICE_TRY(paged, PagedRows::Open(*open, unit.row_group, batch_rows));
    return {};
  }
  file = MakeRangedFile(*open);
  SLUICE_TRY(reader,
             OpenParquet(file, batch_rows, open->metadata, DictionariesOf(*open, unit.row_group)));
  if (open->kept.empty()) {
    SLUICE_TRY(auto ranges, FromArrow(reader->parquet_reader()->GetReadRanges(
                                          {unit.row_group}, open->leaves,
                                          /*hole_size_limit=*/0, kMaxRangeBytes),
                                      "parquet"));
    if (Status status = FetchRanges(*open, std::move(ranges), file.get()); !status) {
      return Fail(status.error().At(fmt::format("row group {}", unit.row_group)));
    }
  }
  auto opened = reader->GetRecordBatchReader({unit.row_group}, open->leaves);
  if (!opened.ok()) return Fail(CauseOf(*file, opened.status()));
  batches = *std::move(opened);
  return {};
}

Result<BatchPtr> UnitReader::Impl::Next() {
  while (done < unit.num_rows) {
    SLUICE_TRY(BatchPtr batch, NextOfFile());
    if (batch == nullptr) break;
    const std::int64_t first_row = unit.first_row + done;
    done += batch->num_rows();
    SLUICE_TRY(batch, DropUnwanted(std::move(batch), first_row));
    if (batch->num_rows() == 0) continue;
    SLUICE_TRY(batch, Adapt(*batch));
    if (batch->num_rows() > 0) return batch;
  }
  return nullptr;
}

/// The rows at `done`, which moves on over those that cannot pass the filter.
Result<BatchPtr> UnitReader::Impl::NextOfFile() {
  if (paged != nullptr) {
    SLUICE_TRY(PagedRows::Part part, paged->Next());
    done = part.batch == nullptr ? unit.num_rows : part.first_row;
    return std::move(part.batch);
  }
  if (batches == nullptr) {
    const std::int64_t rows = std::min(batch_rows, unit.num_rows - done);
    return arrow::RecordBatch::Make(arrow::schema({}), rows, arrow::ArrayVector());
  }
  BatchPtr batch = std::exchange(rest, nullptr);
  const arrow::Status status = batch == nullptr ? batches->ReadNext(&batch) : arrow::Status::OK();
  if (!status.ok()) return Fail(CauseOf(*file, status));
  if (batch == nullptr || batch->num_rows() == 0 || batch->num_rows() > unit.num_rows - done) {
    return Fail(ErrorKind::kCorrupt, "row group {} does not hold the {} rows it promises",
                unit.row_group, unit.num_rows);
  }
  const std::int64_t rows = RowsAtOnce(*batch);
  if (rows < batch->num_rows()) rest = batch->Slice(rows);
  return rows < batch->num_rows() ? batch->Slice(0, rows) : batch;
}

/// A dictionary may have more texts for the rows than a column of utf8 can.
std::int64_t UnitReader::Impl::RowsAtOnce(const arrow::RecordBatch& batch) const {
  std::int64_t rows = batch.num_rows();
  for (std::size_t i = 0; i < open->positions.size(); ++i) {
    const int position = open->positions[i];
    if (position < 0 || batch.column(position)->type_id() != arrow::Type::DICTIONARY) continue;
    if (open->request.plan->FormOfColumn(i) == TextForm::kUtf8) {
      rows = std::min(rows, RowsOfUtf8(*batch.column_data(position)));
    }
  }
  return rows;
}

Result<BatchPtr> UnitReader::Impl::DropUnwanted(BatchPtr batch, std::int64_t first_row) const {
  if (unit.live_rows == unit.num_rows) return batch;
  const std::int64_t rows = batch->num_rows();
  SLUICE_TRY(std::shared_ptr<arrow::Buffer> mask,
             FromArrow(arrow::AllocateBuffer((rows + 7) / 8), "row mask"));
  const std::int64_t kept = open->request.rows->KeepMask(first_row, rows, mask->mutable_data());
  if (kept == rows) return batch;
  return KeepRows(std::move(batch), arrow::BooleanArray(rows, mask), kept);
}

Result<BatchPtr> UnitReader::Impl::Adapt(const arrow::RecordBatch& batch) {
  const ScanPlan& plan = *open->request.plan;
  arrow::ArrayVector columns(plan.columns.size());
  std::shared_ptr<arrow::BooleanArray> passing;
  if (plan.filter) {
    SLUICE_RETURN_IF_ERROR(AdaptColumns(batch, plan.filter_uses, &columns));
    SLUICE_TRY(passing, plan.filter->Matches(columns, batch.num_rows()));
  }
  const std::int64_t rows = passing ? passing->true_count() : batch.num_rows();
  columns.resize(static_cast<std::size_t>(plan.schema->num_fields()));
  if (rows == 0) return arrow::RecordBatch::MakeEmpty(plan.schema).ValueOrDie();
  SLUICE_RETURN_IF_ERROR(AdaptColumns(batch, std::vector<bool>(columns.size(), true), &columns));
  SLUICE_RETURN_IF_ERROR(FormTexts(&columns));
  auto adapted = arrow::RecordBatch::Make(plan.schema, batch.num_rows(), std::move(columns));
  return rows == batch.num_rows() ? adapted : KeepRows(std::move(adapted), *passing, rows);
}

/// Makes those of the columns that are asked for and not made yet.
Status UnitReader::Impl::AdaptColumns(const arrow::RecordBatch& batch,
                                      const std::vector<bool>& wanted,
                                      arrow::ArrayVector* columns) {
  for (std::size_t i = 0; i < columns->size(); ++i) {
    if (!wanted[i] || (*columns)[i] != nullptr) continue;
    auto column = AdaptColumn(batch, i);
    if (!column) {
      return Fail(
          column.error().At(fmt::format("column '{}'", open->request.plan->columns[i].field.name)));
    }
    (*columns)[i] = arrow::MakeArray(*std::move(column));
  }
  return {};
}

Status UnitReader::Impl::FormTexts(arrow::ArrayVector* columns) const {
  const arrow::Schema& schema = *open->request.plan->schema;
  for (std::size_t i = 0; i < columns->size(); ++i) {
    const auto& field = schema.field(static_cast<int>(i));
    const TextForm form = TextFormOf(*field->type());
    if (form == TextFormOf(*(*columns)[i]->type())) continue;
    auto formed = InTextForm((*columns)[i]->data(), form);
    if (!formed) return Fail(formed.error().At(fmt::format("column '{}'", field->name())));
    (*columns)[i] = arrow::MakeArray(*std::move(formed));
  }
  return {};
}

Result<ArrayDataPtr> UnitReader::Impl::AdaptColumn(const arrow::RecordBatch& batch, std::size_t i) {
  if (const auto& scalar = open->constants[i]; scalar != nullptr) {
    return Constant(*scalar, i, batch.num_rows());
  }
  const int position = open->positions[i];
  SLUICE_TRY(ArrayDataPtr column,
             open->adapters[i].Apply(position < 0 ? nullptr : batch.column_data(position),
                                     batch.num_rows()));
  if (column->type->id() != arrow::Type::DICTIONARY) return column;
  return InTextForm(std::move(column), open->request.plan->FormOfColumn(i));
}

Result<ArrayDataPtr> UnitReader::Impl::Constant(const arrow::Scalar& scalar, std::size_t i,
                                                std::int64_t rows) {
  constants.resize(open->constants.size());
  auto& constant = constants[i];
  if (constant == nullptr || constant->length() < rows) {
    SLUICE_TRY(constant, FromArrow(arrow::MakeArrayFromScalar(scalar, rows), "constant"));
  }
  return constant->Slice(0, rows)->data();
}

UnitReader::UnitReader(std::shared_ptr<const OpenFile> open, const FileUnit& unit,
                       std::int64_t batch_rows)
    : impl_(new Impl) {
  impl_->open = std::move(open);
  impl_->unit = unit;
  impl_->batch_rows = batch_rows;
}

UnitReader::UnitReader(UnitReader&& other) noexcept = default;
UnitReader& UnitReader::operator=(UnitReader&& other) noexcept = default;
UnitReader::~UnitReader() = default;

Status UnitReader::Start() {
  return WithoutThrowing([this] { return impl_->Start(); });
}

Result<BatchPtr> UnitReader::Next() {
  return WithoutThrowing([this] { return impl_->Next(); });
}

}  // namespace sluice::client
