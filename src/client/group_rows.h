// Which rows of a file's row groups may pass the plan's filter, by statistics, Bloom filters and
// page indexes. Internal to DataFile.
#pragma once

#include <parquet/arrow/reader.h>

#include <map>
#include <vector>

#include "base/result.h"
#include "client/page_index.h"
#include "client/row_ranges.h"

namespace sluice::client {

struct OpenFile;

/// A column chunk of which pages are left out.
struct PrunedPages {
  ChunkPages chunk;
  RowRanges rows;  ///< Of the pages that are read.
};

/// Of one row group.
struct GroupRows {
  RowRanges rows;  ///< That may match; rows of the group.
  /// By leaf, where only some rows may match and pages can be left out. Others are to be read
  /// whole. The leaves of one column are all here, and of the same rows, or none is.
  std::map<int, PrunedPages> pages;
};

/// One a row group. Filters and indexes that lie in what is kept of the file cost nothing; others
/// are fetched where that is little beside what they may save. May throw what Parquet throws.
/// Errors: those of the fetch.
Result<std::vector<GroupRows>> ChooseRows(parquet::arrow::FileReader* reader, const OpenFile& open);

}  // namespace sluice::client
