// The audit trail in the catalog: access records go into its database, beside a file or in place of
// one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "catalog/rows/audit_store.h"
#include "catalog_open.h"
#include "observe/record_queue.h"

namespace sluice::apps {

/// Whether one was ever opened there. A database has one as soon as it is asked.
bool HasAuditStore(const CatalogPlace& place);

/// For SQLite the file audit.db beside the catalog, for PostgreSQL a table in its database. Errors:
/// as OpenCatalogRows.
Result<std::unique_ptr<catalog::rows::AuditStore>> OpenAuditStore(const CatalogPlace& place);

/// Takes records without waiting (RecordQueue says what that costs) and ends those that are older
/// than `retention_ms`.
std::unique_ptr<observe::RecordQueue> KeepAudit(std::unique_ptr<catalog::rows::AuditStore> store,
                                                std::int64_t retention_ms,
                                                const Clock& clock = SystemClock());

}  // namespace sluice::apps
