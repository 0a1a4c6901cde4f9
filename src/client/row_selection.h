// RowSelection: which rows of a data file are wanted.
#pragma once

#include <cstdint>

#include "delta/deletion_vector.h"

namespace sluice::client {

/// All rows but those that a deletion vector names, or only those. Immutable and thread-safe.
struct RowSelection {
  delta::DeletedRows named;
  bool only_named = false;

  /// How many of the rows [begin, begin + count) are wanted.
  std::int64_t CountIn(std::int64_t begin, std::int64_t count) const;
  /// As delta::DeletedRows::KeepMask, for the rows that are wanted.
  std::int64_t KeepMask(std::int64_t begin, std::int64_t count, std::uint8_t* keep) const;
};

}  // namespace sluice::client
