// PagedRows: some rows of a row group, of which only the pages they lie in are fetched and decoded.
#pragma once

#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "client/group_rows.h"
#include "client/open_file.h"

namespace sluice::client {

/// Of a column's pages those that have some of `rows`; one truth a page.
std::vector<bool> PagesOf(const ChunkPages& chunk, const RowRanges& rows);

/// Not thread-safe. Calls may throw what Parquet throws.
class PagedRows {
 public:
  /// Fetches the pages. Errors: those of the fetch; kCorrupt.
  static Result<std::unique_ptr<PagedRows>> Open(const OpenFile& open, int row_group,
                                                 std::int64_t batch_rows);

  struct Part {
    std::int64_t first_row = 0;  ///< Of the row group.
    std::shared_ptr<arrow::RecordBatch> batch;
  };
  /// Rows that follow each other, with the columns of `open.fields`; a null batch at the end.
  /// Errors: kCorrupt for pages that do not hold what the index says.
  Result<Part> Next();

 private:
  /// Gives the rows of its pages, which are more than those wanted.
  struct Column {
    std::unique_ptr<parquet::arrow::ColumnReader> reader;
    RowRanges rows;
    bool has_all = true;
    std::int64_t next_row = 0;
  };

  PagedRows() = default;

  Result<std::shared_ptr<arrow::Array>> Read(Column* column, std::int64_t rows);
  Status SkipTo(std::int64_t row, Column* column);
  Status Finish();

  std::shared_ptr<RangedFile> file_;
  ParquetReaderPtr reader_;
  std::vector<Column> columns_;
  std::shared_ptr<arrow::Schema> schema_;
  RowRanges wanted_;
  std::size_t range_ = 0;      ///< In `wanted_`.
  std::int64_t next_row_ = 0;  ///< In that range.
  std::int64_t batch_rows_ = 0;
  std::int64_t group_rows_ = 0;
};

}  // namespace sluice::client
