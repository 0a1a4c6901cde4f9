// Small files read whole.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace sluice {

/// Errors: kNotFound, kPermissionDenied, kInvalidArgument for a folder, kTooLarge beyond
/// `max_bytes`, kUnavailable for any other reason. Their messages are the reason alone, such as
/// "No such file or directory": callers say what file it was.
Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes);

}  // namespace sluice
