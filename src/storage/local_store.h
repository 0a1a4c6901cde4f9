// A folder of the local file system as an ObjectStore.
#pragma once

#include <filesystem>

#include "storage/object_store.h"

namespace sluice::storage {

/// Opens `root`, which must be a folder. Errors: kNotFound, kPermissionDenied.
/// No key reaches anything outside the real path of the root, symbolic links included.
Result<std::shared_ptr<const ObjectStore>> OpenLocalStore(const std::filesystem::path& root);

/// The real path of `key` below `root`, checked as ObjectStore does, for callers that hand the
/// file itself to the kernel (sendfile). `root` must be a real path. Errors: as ObjectStore.
Result<std::filesystem::path> ResolveLocalKey(const std::filesystem::path& root,
                                              std::string_view key);

}  // namespace sluice::storage
