// A RowStore in a PostgreSQL database, which many servers share.
#pragma once

#include <string>
#include <string_view>

#include "catalog/rows/audit_store.h"
#include "catalog/rows/row_store.h"

namespace sluice::catalog {

/// Whether this is the address of a PostgreSQL database: "postgresql://…" or "postgres://…".
bool IsPostgresUrl(std::string_view url);

/// Connects with libpq, which takes what the URL leaves out (the password above all) from PG…
/// variables and the password file. Tables are made, all named sluice_…, in the first schema of the
/// user's search path. A connection that is lost is made anew with the next call; no statement may
/// take longer than ten seconds. Errors: as rows::OpenSqlStore; kInvalidArgument for what is no
/// such URL. Messages hold no part of the URL.
Result<std::unique_ptr<rows::RowStore>> OpenPostgresRows(const std::string& url);

/// The audit trail in the same database, over a connection of its own. Errors: the same.
Result<std::unique_ptr<rows::AuditStore>> OpenPostgresAudit(const std::string& url);

}  // namespace sluice::catalog
