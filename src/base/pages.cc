#include "base/pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace sluice {
namespace {

void WantLargePages(std::uint8_t* block, std::size_t bytes) {
#ifdef __linux__
  if (bytes >= kLargePageBytes) ::madvise(block, bytes, MADV_HUGEPAGE);
#endif
}

bool MoveTo(std::uint8_t* place, std::uint8_t* block, std::size_t old_bytes,
            std::size_t new_bytes) {
#ifdef __linux__
  return ::mremap(block, old_bytes, new_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, place) != MAP_FAILED;
#else
  std::memcpy(place, block, std::min(old_bytes, new_bytes));
  UnmapPages(block, old_bytes);
  return true;
#endif
}

}  // namespace

std::uint8_t* MapPages(std::size_t bytes) {
  // Large pages lie at multiples of their size.
  const std::size_t slack = bytes < kLargePageBytes ? 0 : kLargePageBytes;
  void* const mapped =
      ::mmap(nullptr, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* block = static_cast<std::uint8_t*>(mapped);
  if (slack == 0) return block;
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(block) % kLargePageBytes;
  if (before > 0) UnmapPages(block, before);
  block += before;
  if (before < slack) UnmapPages(block + bytes, slack - before);
  WantLargePages(block, bytes);
  return block;
}

std::uint8_t* RemapPages(std::uint8_t* block, std::size_t old_bytes, std::size_t new_bytes) {
  if (new_bytes <= old_bytes) {
    if (new_bytes < old_bytes) UnmapPages(block + new_bytes, old_bytes - new_bytes);
    return block;
  }
  std::uint8_t* const place = MapPages(new_bytes);
  if (place == nullptr) return nullptr;
  if (!MoveTo(place, block, old_bytes, new_bytes)) {
    UnmapPages(place, new_bytes);
    return nullptr;
  }
  WantLargePages(place, new_bytes);
  return place;
}

void UnmapPages(std::uint8_t* block, std::size_t bytes) {
  ::munmap(block, bytes);
}

}  // namespace sluice
