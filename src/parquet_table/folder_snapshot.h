// A snapshot of a folder's files: what replay makes of a log, made of footers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "delta/snapshot.h"
#include "parquet_table/footer_cache.h"

namespace sluice::parquet_table {

struct FolderState {
  const std::vector<storage::ObjectMeta>& files;  ///< In the order of their keys.
  const std::vector<FooterPtr>& footers;          ///< One a file.
  std::string table_id;
  std::int64_t version = 0;
  std::int64_t timestamp_ms = 0;
};

/// Columns merged over the files, partition columns behind them or, where files have a column of
/// that name as well, in its place. Errors: as SchemaMerge and HivePartitions; kTooLarge.
Result<delta::SnapshotParts> MakeSnapshot(const FolderState& state);

}  // namespace sluice::parquet_table
