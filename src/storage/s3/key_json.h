// Keys as AWS's metadata services and credential programs write them in JSON.
#pragma once

#include <string_view>

#include "base/renewing.h"
#include "storage/s3/sigv4.h"

namespace sluice::storage {

/// AccessKeyId, SecretAccessKey, and Token or SessionToken, with Expiration
/// (keys without one do not end). Errors: kUnavailable for anything else, with
/// the Message that it may have instead; no message holds a part of a key.
Result<Expiring<AwsKey>> ReadKeyJson(std::string_view text);

}  // namespace sluice::storage
