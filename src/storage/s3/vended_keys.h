// Keys that somebody else gives, such as the server of a shared table.
#pragma once

#include <memory>

#include "storage/s3/credentials.h"

namespace sluice::storage {

/// New keys of the vendor each time. Errors: those of the vendor, kMalformed for other credentials.
KeySourcePtr MakeVendedKeys(std::shared_ptr<const CredentialVendor> vendor);

}  // namespace sluice::storage
