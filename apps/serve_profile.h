// The profile file that `sluice serve DIR` writes for its recipient.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "protocol/profile.h"

namespace sluice::apps {

/// Writes the profile so that nobody but its owner can ever read it: a new file of mode 0600, moved
/// over `path`. A profile of another server is left alone, as somebody else's token may be in it;
/// the same server is the same host and path, with any port.
/// Errors: kAlreadyExists for such a profile or something that is no file; kNotFound,
/// kPermissionDenied and kUnavailable from the file system. All name the path.
Status WriteProfile(const std::filesystem::path& path, const protocol::Profile& profile);

/// Only the check, to find out before anything is started.
Status CheckProfilePath(const std::filesystem::path& path, std::string_view endpoint);

}  // namespace sluice::apps
