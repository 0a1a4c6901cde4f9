// The first two lines of metadata and query answers: protocol and metaData.
#pragma once

#include <string>

#include "delta/snapshot.h"
#include "protocol/types.h"

namespace sluice::api {

/// `with_version`: a version was asked for, so the metadata says which.
void AppendTableLines(const delta::Snapshot& snapshot, protocol::ResponseFormat format,
                      bool with_version, std::string* out);

}  // namespace sluice::api
