// Amazon's S3 and what speaks as it does, as a Dialect for RestStore.
#pragma once

#include <memory>
#include <string>

#include "storage/rest/dialect.h"
#include "storage/s3/s3_session.h"

namespace sluice::storage {

/// Speaks of one bucket.
std::shared_ptr<const Dialect> MakeS3Dialect(std::shared_ptr<const S3Session> session,
                                             BucketAddress address);

}  // namespace sluice::storage
