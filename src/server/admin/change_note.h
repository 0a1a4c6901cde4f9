// What a request changed in the catalog, or would have, for its line in the access log. Not part of
// this folder's interface.
#pragma once

#include <utility>

#include "catalog/managed/admin.h"
#include "observe/access_log.h"

namespace sluice::admin {

/// A change that was not made has no version.
inline void NoteChange(catalog::ChangeRecord change, observe::AccessRecord* record) {
  if (change.version > 0) record->version = change.version;
  record->change = std::move(change.action);
  record->target = std::move(change.target);
  record->detail = std::move(change.detail);
}

}  // namespace sluice::admin
