// A RowStore in one file of SQLite, which other processes of this machine may use too.
#pragma once

#include <string>

#include "catalog/rows/audit_store.h"
#include "catalog/rows/row_store.h"

namespace sluice::catalog {

/// Opens or makes the file, readable by its owner only. Errors: as rows::OpenSqlStore, naming the
/// path.
Result<std::unique_ptr<rows::RowStore>> OpenSqliteRows(const std::string& path);

/// The audit trail in a file of its own, so that writing it never holds up the catalog.
Result<std::unique_ptr<rows::AuditStore>> OpenSqliteAudit(const std::string& path);

}  // namespace sluice::catalog
