// Azure Blob Storage and Data Lake Storage (abfss:, wasbs:, az:).
#pragma once

#include <memory>

#include "storage/ports.h"

namespace sluice::storage {

/// The options are in docs/storage/azure.md. Errors: kInvalidArgument naming the option or variable
/// that is wrong.
Result<std::shared_ptr<const Backend>> MakeAzure(const StoreOptions& options,
                                                 const Surroundings& here);

}  // namespace sluice::storage
