// Listings of many pages, which come one after the other, as ranges of keys side by side.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/object_store.h"

namespace sluice::storage {

/// Keys between which about a page of objects lies, of a listing that is known; none where there is
/// not more than one page, or `store` does not list from keys.
std::vector<std::string> SplitKeys(const ObjectStore& store, const std::vector<ObjectMeta>& known);

/// The same as ListTree, whatever `splits` are: they divide all keys there may be, and only say
/// where ranges end that are listed at once. They are sorted.
Result<std::vector<ObjectMeta>> ListTreeSplit(const ObjectStore& store, std::string_view prefix,
                                              const std::vector<std::string>& splits);

}  // namespace sluice::storage
