// Statistics of a Parquet file's row groups as those of a file in the Delta log.
#pragma once

#include <parquet/arrow/schema.h>
#include <parquet/metadata.h>

#include <string>
#include <vector>

#include "delta/schema.h"

namespace sluice::parquet_table {

/// JSON with numRecords, tightBounds, minValues, maxValues and nullCount. What not all row groups
/// tell, or may tell wrongly, is left out: maxima of floating numbers, which do not show NaN; texts
/// and decimals that old writers compared as signed bytes; columns in lists and maps. Timestamps
/// are widened to whole milliseconds, texts cut to 32 characters, maxima then rounded up. `fields`
/// are those of `manifest`. May throw what Parquet throws. Errors: kCorrupt.
Result<std::string> StatsJson(const parquet::FileMetaData& metadata,
                              const parquet::arrow::SchemaManifest& manifest,
                              const std::vector<delta::Field>& fields);

}  // namespace sluice::parquet_table
