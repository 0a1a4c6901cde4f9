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

/// Of one row group.
struct GroupRows {
  RowRanges rows;  ///< That may match; rows of the group.
  /// Pages of columns, by leaf, where only some rows may match and pages can be left out. Others
  /// are to be read whole.
  std::map<int, ChunkPages> pages;
};

/// One a row group. Filters and indexes that lie in what is kept of the file cost nothing; others
/// are fetched where that is little beside what they may save. May throw what Parquet throws.
/// Errors: those of the fetch.
Result<std::vector<GroupRows>> ChooseRows(parquet::arrow::FileReader* reader, const OpenFile& open);

}  // namespace sluice::client
