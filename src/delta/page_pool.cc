#include "delta/page_pool.h"

#include <arrow/status.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/pages.h"

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
  *out = MapPages(bytes);
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
    std::uint8_t* const moved = RemapPages(*block, old_bytes, new_bytes);
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
  UnmapPages(block, bytes);
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
