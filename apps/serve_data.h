// What the server keeps on disk of its own, so that it outlives the process.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace sluice::apps {

/// Makes the folder, for its owner only, when it is missing. Errors: kInvalidArgument for what is
/// no folder, kPermissionDenied and kUnavailable from the file system, naming the path.
Status OpenDataDirectory(const std::filesystem::path& folder);

/// The key in the file; a fresh one is written when there is none. Processes that start at once get
/// the same one. Errors: kInvalidArgument for one that is too short, and those of the file system,
/// naming the path.
Result<std::string> OpenKey(const std::filesystem::path& path);
/// Only reads. Errors: kInvalidArgument also when there is none.
Result<std::string> ReadKey(const std::filesystem::path& path);

}  // namespace sluice::apps
