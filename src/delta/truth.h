// Which truth values a condition may take among the rows of each file. All of SQL's logic keeps
// these sets too large rather than too small.
#pragma once

#include "delta/bits.h"

namespace sluice::delta {

/// For each file: whether some row may make the condition true, false or null.
struct Truth {
  Bits can_be_true;
  Bits can_be_false;
  Bits can_be_null;

  /// The same sets for every file.
  static Truth Of(std::int64_t rows, bool can_be_true, bool can_be_false, bool can_be_null);
};

/// *left = *left AND right; both of the same number of files.
void AndWith(const Truth& right, Truth* left);
void OrWith(const Truth& right, Truth* left);
void Negate(Truth* truth);

}  // namespace sluice::delta
