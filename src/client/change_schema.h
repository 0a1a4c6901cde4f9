// Which changes of a table's schema its changes can be read across.
#pragma once

#include "base/result.h"
#include "client/client.h"

namespace sluice::client {

/// Whether rows written under the metadata `then` can be given under that of `now`, which is later.
/// Errors: those of delta::CheckReadsAs, with the version of `then`, and of SchemaOf.
Status CheckReadableAs(const protocol::MetadataLine& then, const protocol::MetadataLine& now);

}  // namespace sluice::client
