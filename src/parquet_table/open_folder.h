// Opens the table that a folder is: by its Delta log, or by the Parquet files in it.
#pragma once

#include <memory>

#include "delta/table.h"
#include "parquet_table/parquet_table.h"

namespace sluice::parquet_table {

/// Asks the store for nothing yet; what the folder is, the first call finds. A folder with a Delta
/// log is a table by that, one without it a ParquetTable as soon as it has Parquet files; otherwise
/// the errors are those of a table that is not there. Where a log appears later, the next look
/// finds it. A log that vanishes leaves no table: its files are not all of them rows. With patterns
/// it is a ParquetTable and nothing else.
std::shared_ptr<delta::Table> OpenFolder(std::shared_ptr<const storage::ObjectStore> store,
                                         FolderOptions options);

}  // namespace sluice::parquet_table
