// Where a shared table lies.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace sluice::api {

/// The folder that a catalog's location names: a plain path or a file: URI (percent-encoded).
/// Errors: kUnsupported naming the scheme, kInvalidArgument for a host or bad encoding.
Result<std::filesystem::path> LocalFolder(std::string_view location);

}  // namespace sluice::api
