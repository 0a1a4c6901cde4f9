// Pages: memory straight from the system, of which large pieces are made of large pages.
//
// The first touch of a page costs more than what is then done with it; a large page (2 MiB) is
// touched once for five hundred small ones.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice {

/// Blocks of at least so many are of large pages, where the system has them.
constexpr std::size_t kLargePageBytes = std::size_t{2} << 20;

/// `bytes` zeros, at a multiple of a page's size; null where there is no memory. Nothing is taken
/// of the machine before it is touched.
std::uint8_t* MapPages(std::size_t bytes);

/// The pages at `block` with a new size, moved and not copied. Null where there is no memory; then
/// `block` is as it was.
std::uint8_t* RemapPages(std::uint8_t* block, std::size_t old_bytes, std::size_t new_bytes);

void UnmapPages(std::uint8_t* block, std::size_t bytes);

}  // namespace sluice
