// What a catalog knows of who did what: the records that servers keep in it, and its changes.
#pragma once

#include <functional>
#include <string_view>

#include "catalog_open.h"
#include "observe/audit_query.h"

namespace sluice::apps {

/// Takes one line in JSON. False: no more are wanted.
using TakeLine = std::function<bool(std::string_view line)>;

/// By time, at least those lines that answer the question. A change that a record tells of is told
/// by that alone, for it says from where. False when `take` said so. Errors: kNotFound where there
/// is no catalog; those of the catalog.
Result<bool> ReadAuditTrail(const CatalogPlace& place, const observe::AuditQuestion& question,
                            const TakeLine& take);

}  // namespace sluice::apps
