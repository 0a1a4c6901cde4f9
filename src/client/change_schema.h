// Which changes of a table's schema its changes can be read across.
#pragma once

#include "base/result.h"
#include "client/client.h"

namespace sluice::client {

/// Whether rows written under the metadata `then` can be given under that of `now`, which is later.
/// Columns may have been added, types widened, nullability changed. Errors: kUnsupported naming
/// what else happened: a column renamed, dropped or given another type, other partition columns,
/// column mapping taken away. Those of SchemaOf.
Status CheckReadableAs(const protocol::MetadataLine& then, const protocol::MetadataLine& now);

}  // namespace sluice::client
