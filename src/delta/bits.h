// Sets of rows as bitmaps: bit `row` of a Bits is bit row % 64 of word row / 64.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice::delta {

using Bits = std::vector<std::uint64_t>;

inline std::size_t BitWords(std::int64_t rows) {
  return static_cast<std::size_t>((rows + 63) / 64);
}
inline bool GetBit(const Bits& bits, std::int64_t row) {
  return ((bits[static_cast<std::size_t>(row >> 6)] >> (row & 63)) & 1) != 0;
}
inline void SetBit(Bits* bits, std::int64_t row, bool value) {
  const std::uint64_t bit = std::uint64_t{1} << (row & 63);
  auto& word = (*bits)[static_cast<std::size_t>(row >> 6)];
  word = value ? word | bit : word & ~bit;
}
inline std::int64_t CountBits(const Bits& bits) {
  std::int64_t count = 0;
  for (const auto word : bits) count += std::popcount(word);
  return count;
}

/// Sets bit `row` to holds(row) for all rows; bits behind the last are 0.
template <typename Holds>
void FillBits(std::int64_t rows, const Holds& holds, Bits* bits) {
  bits->resize(BitWords(rows));
  std::int64_t row = 0;
  for (auto& word : *bits) {
    const std::int64_t end = rows - row < 64 ? rows - row : 64;
    std::uint64_t value = 0;
    for (std::int64_t i = 0; i < end; ++i) {
      value |= static_cast<std::uint64_t>(holds(row + i)) << i;
    }
    word = value;
    row += 64;
  }
}

}  // namespace sluice::delta
