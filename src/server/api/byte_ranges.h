// The Range header (RFC 9110, section 14).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::api {

struct ByteRange {
  std::int64_t offset = 0;
  std::int64_t length = 0;
};

struct RangeRequest {
  enum class Kind { kWhole, kRanges, kUnsatisfiable };
  Kind kind = Kind::kWhole;
  std::vector<ByteRange> ranges;  ///< Within the file, in the order asked for, none empty.
};

inline constexpr std::size_t kMaxRanges = 32;

/// `header` is the value of Range for a file of `size` bytes. Another unit or wrong syntax means
/// the whole file, as the standard has it; more than kMaxRanges, or none within the file, cannot be
/// satisfied.
RangeRequest ParseRanges(std::string_view header, std::int64_t size);

}  // namespace sluice::api
