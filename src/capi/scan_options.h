// Options of scans and of changes.
#pragma once

#include <string_view>

#include "base/result.h"
#include "client/client.h"

namespace sluice::capi {

/// Sets what the option says; false for a key that is unknown. Errors: kInvalidArgument.
Result<bool> ApplyOption(std::string_view key, std::string_view value, client::ScanRequest* out);
Result<bool> ApplyOption(std::string_view key, std::string_view value, client::ChangesRequest* out);

}  // namespace sluice::capi
