// Amazon S3 and stores that speak its language: MinIO, R2, Ceph, versitygw.
#pragma once

#include <memory>

#include "storage/ports.h"

namespace sluice::storage {

/// The options are those of docs/storage/s3.md. Asks nothing of any host yet; credentials that the
/// options do not give are looked for when they are first needed, in the order of AWS's own tools.
/// Errors: kInvalidArgument naming an option that is wrong; those of the shared configuration files
/// where these are needed for the region.
Result<std::shared_ptr<const Backend>> MakeS3(const StoreOptions& options,
                                              const Surroundings& here);

}  // namespace sluice::storage
