// Columns of text that a file holds as numbers of a dictionary: dictionary<int32, utf8> here. To
// read the numbers and look them up is much faster than to let Parquet's reader do it a value at a
// time.
#pragma once

#include <arrow/array/data.h>
#include <parquet/metadata.h>

#include <cstdint>
#include <memory>

#include "base/result.h"

namespace sluice::client {

/// Whether all texts of the chunk are in its dictionary, which is the smaller part of it. A file
/// that says so falsely is read correctly, too, and slower.
bool IsReadFastAsDictionary(const parquet::ColumnChunkMetaData& chunk);

/// Parquet's reader hands out numbers as they are. Errors: kCorrupt for one that is none of the
/// dictionary's. What stands in the place of a null is nobody's number.
Status CheckNumbers(const arrow::ArrayData& column);

/// The texts of `column`, whose dictionary has no nulls, as `Offset` has them: std::int32_t makes
/// utf8, of which there must be RowsOfUtf8(), std::int64_t makes large_utf8. Errors: as of
/// CheckNumbers; kTooLarge without memory.
template <typename Offset>
Result<std::shared_ptr<arrow::ArrayData>> LookUpTexts(const arrow::ArrayData& column);

/// How many rows of `column` have, whichever texts, no more than utf8 holds, which is 2 GiB. At
/// least one.
std::int64_t RowsOfUtf8(const arrow::ArrayData& column);

}  // namespace sluice::client
