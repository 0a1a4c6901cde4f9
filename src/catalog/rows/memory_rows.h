// A RowStore in memory: the twin of the databases.
#pragma once

#include "catalog/rows/audit_store.h"
#include "catalog/rows/row_store.h"

namespace sluice::catalog::rows {

/// Empty, gone with the last owner.
std::unique_ptr<RowStore> MakeMemoryRows();

/// The same for the audit trail.
std::unique_ptr<AuditStore> MakeMemoryAudit();

}  // namespace sluice::catalog::rows
