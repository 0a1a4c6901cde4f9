// Keys that AWS gives to the machine or the container this process runs on.
#pragma once

#include <memory>

#include "net/http_client.h"
#include "storage/s3/credentials.h"

namespace sluice::storage {

/// For hosts that are near or not there at all: no proxy, little patience.
std::shared_ptr<const net::HttpClient> MakeMetadataClient();

/// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI (ECS, EKS Pod Identity),
/// with the token of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or
/// AWS_CONTAINER_AUTHORIZATION_TOKEN. Without TLS only this machine and the two
/// link-local services of AWS are asked.
KeySourcePtr MakeContainerKeys(std::shared_ptr<const net::HttpClient> http,
                               const Surroundings& here);

/// The instance's metadata service, version 2, at
/// AWS_EC2_METADATA_SERVICE_ENDPOINT or its usual address. A machine without
/// one is found out within two seconds.
KeySourcePtr MakeInstanceKeys(std::shared_ptr<const net::HttpClient> http,
                              const Surroundings& here);

}  // namespace sluice::storage
