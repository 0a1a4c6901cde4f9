// Keys that a program prints: credential_process of AWS's configuration files.
#pragma once

#include <string>

#include "storage/s3/credentials.h"

namespace sluice::storage {

/// Runs `command` in the shell and reads the JSON that it prints, within a minute. Errors:
/// kPermissionDenied where it fails, with what it wrote to its standard error, or prints anything
/// else than keys; no message holds what it printed.
Result<Expiring<AwsKey>> FetchFromProcess(const std::string& command);

}  // namespace sluice::storage
