// A RowStore in memory: the twin of the databases.
#pragma once

#include "catalog/rows/row_store.h"

namespace sluice::catalog::rows {

/// Empty, gone with the last owner.
std::unique_ptr<RowStore> MakeMemoryRows();

}  // namespace sluice::catalog::rows
