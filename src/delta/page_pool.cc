#include "delta/page_pool.h"

#include <arrow/status.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace sluice::delta {
namespace {

std::size_t WholePages(std::int64_t size) {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (static_cast<std::size_t>(size) + page - 1) / page * page;
}

bool IsLarge(std::int64_t size) {
  return size >= PagePool::kLargeBytes;
}

arrow::Status NoMemory(std::int64_t size) {
  return arrow::Status::OutOfMemory("no memory for a column of ", size, " bytes");
}

/// Large pages make the first touch of a column several times cheaper; they lie at multiples of
/// their size.
constexpr std::size_t kLargePage = std::size_t{2} << 20;

/// Null when there is no memory.
std::uint8_t* Map(std::size_t bytes) {
  const std::size_t slack = bytes < kLargePage ? 0 : kLargePage;
  void* const mapped =
      ::mmap(nullptr, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* block = static_cast<std::uint8_t*>(mapped);
  if (slack == 0) return block;
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(block) % kLargePage;
  if (before > 0) ::munmap(block, before);
  block += before;
  if (before < slack) ::munmap(block + bytes, slack - before);
  ::madvise(block, bytes, MADV_HUGEPAGE);
  return block;
}

/// Null when there is no memory, `block` is as it was then.
std::uint8_t* Remap(std::uint8_t* block, std::size_t old_bytes, std::size_t new_bytes) {
  if (new_bytes <= old_bytes) {
    if (new_bytes < old_bytes) ::munmap(block + new_bytes, old_bytes - new_bytes);
    return block;
  }
  std::uint8_t* const place = Map(new_bytes);
  if (place == nullptr) return nullptr;
  void* const moved = ::mremap(block, old_bytes, new_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, place);
  if (moved == MAP_FAILED) {
    ::munmap(place, new_bytes);
    return nullptr;
  }
  ::madvise(moved, new_bytes, MADV_HUGEPAGE);
  return static_cast<std::uint8_t*>(moved);
}

}  // namespace

void PagePool::Count(std::int64_t old_bytes, std::int64_t new_bytes) {
  bytes_ += new_bytes - old_bytes;
  if (new_bytes <= old_bytes) return;
  total_bytes_ += new_bytes - old_bytes;
  ++allocations_;
}

arrow::Status PagePool::Allocate(std::int64_t size, std::int64_t alignment, std::uint8_t** out) {
  if (!IsLarge(size)) return small_->Allocate(size, alignment, out);
  const std::size_t bytes = WholePages(size);
  *out = Map(bytes);
  if (*out == nullptr) return NoMemory(size);
  Count(0, static_cast<std::int64_t>(bytes));
  return arrow::Status::OK();
}

arrow::Status PagePool::Reallocate(std::int64_t old_size, std::int64_t new_size,
                                   std::int64_t alignment, std::uint8_t** block) {
  if (!IsLarge(old_size) && !IsLarge(new_size)) {
    return small_->Reallocate(old_size, new_size, alignment, block);
  }
  if (IsLarge(old_size) && IsLarge(new_size)) {
    const std::size_t old_bytes = WholePages(old_size);
    const std::size_t new_bytes = WholePages(new_size);
    std::uint8_t* const moved = Remap(*block, old_bytes, new_bytes);
    if (moved == nullptr) return NoMemory(new_size);
    *block = moved;
    Count(static_cast<std::int64_t>(old_bytes), static_cast<std::int64_t>(new_bytes));
    return arrow::Status::OK();
  }
  std::uint8_t* copy = nullptr;
  ARROW_RETURN_NOT_OK(Allocate(new_size, alignment, &copy));
  std::memcpy(copy, *block, static_cast<std::size_t>(std::min(old_size, new_size)));
  Free(*block, old_size, alignment);
  *block = copy;
  return arrow::Status::OK();
}

void PagePool::Free(std::uint8_t* block, std::int64_t size, std::int64_t alignment) {
  if (!IsLarge(size)) return small_->Free(block, size, alignment);
  const std::size_t bytes = WholePages(size);
  ::munmap(block, bytes);
  Count(static_cast<std::int64_t>(bytes), 0);
}

bool IsMallocWanted() {
  return arrow::default_memory_pool()->backend_name() == "system";
}

arrow::MemoryPool* ColumnPool() {
  static PagePool pages(arrow::default_memory_pool());
  return IsMallocWanted() ? arrow::default_memory_pool() : &pages;
}

}  // namespace sluice::delta
