// Checks of serialized roaring bitmaps, which the roaring library trusts. Used by
// deletion_vector.cc only.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace sluice::delta {

struct RoaringExtent {
  std::size_t bytes = 0;  ///< Length of the serialized bitmap at the front of the given bytes.
  std::int64_t cardinality = 0;
};

/// Walks one 32-bit bitmap of the portable serialization at the front of `bytes` and checks all
/// that readers rely on: lengths, ascending keys and values, counts. Errors: kCorrupt.
Result<RoaringExtent> CheckRoaring(std::string_view bytes);

}  // namespace sluice::delta
