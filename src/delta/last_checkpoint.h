// The `_last_checkpoint` file: a hint where the newest checkpoint may be.
#pragma once

#include <cstdint>
#include <optional>

#include "storage/object_store.h"

namespace sluice::delta {

/// The version the hint names. A missing, unreadable or absurd hint is nullopt: it only saves a
/// listing. Errors: kUnavailable and kPermissionDenied from the store.
Result<std::optional<std::int64_t>> ReadLastCheckpoint(const storage::ObjectStore& store);

}  // namespace sluice::delta
