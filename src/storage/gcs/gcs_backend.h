// Google Cloud Storage: gs://bucket/folder.
#pragma once

#include <memory>

#include "storage/ports.h"

namespace sluice::storage {

/// Reads the options (docs/storage/gcs.md) and the credential file, if there is one; asks nobody
/// yet. Errors: kInvalidArgument naming the option or the file and what is wrong with it.
Result<std::shared_ptr<const Backend>> MakeGcs(const StoreOptions& options,
                                               const Surroundings& here);

}  // namespace sluice::storage
