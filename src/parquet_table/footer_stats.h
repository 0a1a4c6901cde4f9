// Statistics of a Parquet file's row groups as those of a file in the Delta log.
#pragma once

#include <parquet/arrow/schema.h>
#include <parquet/metadata.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "delta/schema.h"

namespace sluice::parquet_table {

/// What some rows say of a Parquet column; null: nothing.
using StatsOfLeaf = std::function<std::shared_ptr<const parquet::EncodedStatistics>(int leaf)>;

/// Statistics of rows that are added set by set. Not thread-safe.
class StatsBuilder {
 public:
  /// `fields` are those of `manifest`. All arguments outlive the builder.
  StatsBuilder(const parquet::SchemaDescriptor& schema,
               const parquet::arrow::SchemaManifest& manifest,
               const std::vector<delta::Field>& fields);
  ~StatsBuilder();

  /// The Parquet columns that it asks for.
  std::vector<int> leaves() const;
  void Add(std::int64_t rows, const StatsOfLeaf& stats);

  /// JSON with numRecords, tightBounds, minValues, maxValues and nullCount. What not all rows
  /// tell, or may tell wrongly, is left out: maxima of floating numbers, which do not show NaN;
  /// texts and decimals that old writers compared as signed bytes; columns in lists and maps.
  /// Timestamps are widened to whole milliseconds, texts cut to 32 characters, maxima then rounded
  /// up.
  std::string Json() const;

 private:
  struct Leaves;

  const parquet::arrow::SchemaManifest& manifest_;
  const std::vector<delta::Field>& fields_;
  const std::unique_ptr<Leaves> leaves_;
  std::int64_t rows_ = 0;
};

/// Of a chunk as the footer has it. May throw what Parquet throws.
std::shared_ptr<const parquet::EncodedStatistics> StatsOf(
    const parquet::ColumnChunkMetaData& chunk);

/// Of a whole file. May throw what Parquet throws. Errors: kCorrupt.
Result<std::string> StatsJson(const parquet::FileMetaData& metadata,
                              const parquet::arrow::SchemaManifest& manifest,
                              const std::vector<delta::Field>& fields);

}  // namespace sluice::parquet_table
