// Presigned URLs of a folder's objects.
#pragma once

#include <memory>

#include "storage/location.h"
#include "storage/ports.h"
#include "storage/s3/s3_session.h"

namespace sluice::storage {

/// Its URLs are for GET alone, as a signature covers the method; they end with the scope, with the
/// credential that signed them, or after the seven days that S3 allows, whichever comes first. Of
/// an anonymous store they are plain and do not end. A scope's root is the text of a location in
/// the same store ("s3://bucket/folder").
std::shared_ptr<const UrlSource> MakeS3Urls(std::shared_ptr<const S3Session> session,
                                            Location location);

}  // namespace sluice::storage
