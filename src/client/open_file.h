// What opening a data file yields, shared by DataFile and its unit readers. Internal to them.
#pragma once

#include <arrow/scalar.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/metadata.h>

#include <exception>
#include <memory>
#include <new>
#include <vector>

#include "base/arrow_status.h"
#include "client/column_adapter.h"
#include "client/data_file.h"
#include "client/group_rows.h"
#include "client/text_form.h"

namespace sluice::client {

struct TextLeaf {
  int leaf = 0;
  TextForm form = TextForm::kUtf8;  ///< In which the plan wants it.
};

struct OpenFile {
  DataFileRequest request;
  std::shared_ptr<parquet::FileMetaData> metadata;
  std::vector<int> fields;      ///< Top-level columns of the file to read, in its order.
  std::vector<int> leaves;      ///< Parquet columns to read.
  std::vector<TextLeaf> texts;  ///< Of these, those that may be read as dictionaries.
  // One a column of the plan:
  std::vector<std::shared_ptr<arrow::Scalar>> constants;  ///< Null pointer: from the file.
  std::vector<ColumnAdapter> adapters;                    ///< Unused for constants.
  std::vector<int> positions;     ///< Of the column among those read; -1: not read.
  std::vector<FileRange> kept;    ///< Fetched on opening.
  std::vector<GroupRows> groups;  ///< One a row group, where there is a filter.

  /// Null: the row group is to be read whole.
  const GroupRows* Chosen(int row_group) const {
    return groups.empty() ? nullptr : &groups[static_cast<std::size_t>(row_group)];
  }
};

using ParquetReaderPtr = std::unique_ptr<parquet::arrow::FileReader>;

std::shared_ptr<RangedFile> MakeRangedFile(const OpenFile& open);

/// Keeps in `file` all of `ranges` that it does not have yet. Errors: those of the fetch; kCorrupt
/// for a range outside of the file.
Status FetchRanges(const OpenFile& open, std::vector<arrow::io::ReadRange> ranges,
                   RangedFile* file);

/// Those of the leaves that are read as dictionaries: where these are wanted, or faster.
std::vector<int> DictionariesOf(const OpenFile& open, int row_group);

/// `metadata` null reads the footer. Columns of `dictionaries` are not looked up, and unchecked.
/// May throw.
Result<ParquetReaderPtr> OpenParquet(const std::shared_ptr<RangedFile>& file,
                                     std::int64_t batch_rows,
                                     std::shared_ptr<parquet::FileMetaData> metadata,
                                     const std::vector<int>& dictionaries = {});

/// Finds what to read of the file and how to turn it into the plan's columns.
Status MapColumns(const parquet::arrow::SchemaManifest& manifest, OpenFile* open);

/// The error behind a failed call on `file`: what the fetch said, or else what Arrow says.
Error CauseOf(const RangedFile& file, const arrow::Status& status);

/// The Parquet library throws here and there, mostly on bytes that contradict themselves.
template <typename Body>
auto WithoutThrowing(const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return Fail(ErrorKind::kTooLarge, "parquet: out of memory");
  } catch (const std::exception& error) {
    return Fail(FromArrow(arrow::Status::Invalid(error.what()), "parquet"));
  }
}

}  // namespace sluice::client
