// Decimal numbers as texts write them, exactly.
#pragma once

#include <optional>
#include <string_view>

#include "delta/column_bounds.h"

namespace sluice::delta {

/// digits / 10^scale. Up to 38 digits.
struct DecimalText {
  Int128 digits = 0;
  int scale = 0;  ///< Below 0 for large exponents.
};

/// "-12.50", "1.5E3". Nullopt for what is no number or has more digits.
std::optional<DecimalText> ParseDecimalText(std::string_view text);

struct WideRange {
  Int128 lo = 0;
  Int128 hi = 0;
};

/// The two nearest numbers of digits at `scale`, below and above; equal when it is one of them.
/// Nullopt beyond 38 digits.
std::optional<WideRange> AtScale(const DecimalText& value, int scale);

}  // namespace sluice::delta
