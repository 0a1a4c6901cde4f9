// An AuditStore over any database that speaks SQL.
#pragma once

#include <memory>

#include "catalog/rows/audit_store.h"
#include "catalog/rows/sql_store.h"

namespace sluice::catalog::rows {

/// Makes its table where there is none.
Result<std::unique_ptr<AuditStore>> OpenSqlAudit(std::unique_ptr<SqlSession> session,
                                                 const SqlDialect& dialect);

}  // namespace sluice::catalog::rows
