// A folder of the local file system as an ObjectStore.
#pragma once

#include <filesystem>

#include "storage/object_store.h"

namespace sluice::storage {

/// Opens `root`, which must be a folder. Errors: kNotFound, kPermissionDenied.
/// No key reaches anything outside the real path of the root, symbolic links included.
Result<std::shared_ptr<const ObjectStore>> OpenLocalStore(const std::filesystem::path& root);

/// Whether a folder lies on a file system of this machine's own, whose metadata is had without a
/// network. False where that is not known.
bool IsOnLocalFileSystem(const std::filesystem::path& folder);

/// Opens the file of `key` below `root`, which must be a real path, for callers that hand the
/// descriptor to the kernel (sendfile): read-only, a regular file, found and checked in one step,
/// so that no link put in between leads out. The caller closes it. Errors: as ObjectStore.
Result<int> OpenLocalKey(const std::filesystem::path& root, std::string_view key);

}  // namespace sluice::storage
