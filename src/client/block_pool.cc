#include "client/block_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "delta/page_pool.h"

namespace sluice::client {
namespace {

constexpr std::int64_t kLeastGrain = std::int64_t{64} << 10;

/// So that blocks of nearly the same size can take each other's place; at most an eighth more, of
/// which nothing is touched.
std::int64_t Rounded(std::int64_t size) {
  const auto below = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(size)));
  const std::int64_t grain = std::max(kLeastGrain, below / 8);
  return (size + grain - 1) / grain * grain;
}

std::uint8_t* Map(std::int64_t bytes) {
  void* memory = ::mmap(nullptr, static_cast<std::size_t>(bytes), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<std::uint8_t*>(memory);
}

void Unmap(std::uint8_t* memory, std::int64_t bytes) {
  ::munmap(memory, static_cast<std::size_t>(bytes));
}

}  // namespace

std::uint8_t* BlockPool::TakeBlock(std::int64_t size) {
  if (size < kLargeBytes || size > std::int64_t{1} << 46) return nullptr;
  const std::int64_t bytes = Rounded(size);
  const std::lock_guard lock(mutex_);
  if (used_.size() >= kMaxBlocks) return nullptr;
  const auto kept = std::find_if(kept_.begin(), kept_.end(),
                                 [bytes](const Block& block) { return block.bytes == bytes; });
  std::uint8_t* memory = nullptr;
  if (kept != kept_.end()) {
    memory = kept->memory;
    kept_bytes_ -= bytes;
    kept_.erase(kept);
  } else {
    memory = Map(bytes);
  }
  if (memory != nullptr) used_.emplace(memory, bytes);
  return memory;
}

bool BlockPool::GiveBackBlock(std::uint8_t* memory) {
  const std::lock_guard lock(mutex_);
  const auto used = used_.find(memory);
  if (used == used_.end()) return false;
  kept_.push_front({memory, used->second});
  kept_bytes_ += used->second;
  used_.erase(used);
  while (kept_bytes_ > kKeptBytes) {
    Unmap(kept_.back().memory, kept_.back().bytes);
    kept_bytes_ -= kept_.back().bytes;
    kept_.pop_back();
  }
  return true;
}

bool BlockPool::ResizeBlock(std::int64_t new_size, std::uint8_t** memory) {
  if (new_size < kLargeBytes) return false;
  const std::lock_guard lock(mutex_);
  const auto used = used_.find(*memory);
  if (used == used_.end()) return false;
  const std::int64_t bytes = Rounded(new_size);
  if (bytes == used->second) return true;
#ifdef __linux__
  void* moved = ::mremap(*memory, static_cast<std::size_t>(used->second),
                         static_cast<std::size_t>(bytes), MREMAP_MAYMOVE);
  if (moved == MAP_FAILED) {
    *memory = nullptr;
    return true;
  }
  used_.erase(used);
  *memory = static_cast<std::uint8_t*>(moved);
  used_.emplace(*memory, bytes);
  return true;
#else
  return false;  // It is copied.
#endif
}

arrow::Status BlockPool::Allocate(std::int64_t size, std::int64_t alignment, std::uint8_t** out) {
  std::uint8_t* block = TakeBlock(size);
  if (block != nullptr) {
    *out = block;
  } else {
    ARROW_RETURN_NOT_OK(rest_->Allocate(size, alignment, out));
  }
  stats_.DidAllocateBytes(size);
  return arrow::Status::OK();
}

arrow::Status BlockPool::Reallocate(std::int64_t old_size, std::int64_t new_size,
                                    std::int64_t alignment, std::uint8_t** memory) {
  std::uint8_t* resized = *memory;
  if (old_size >= kLargeBytes && ResizeBlock(new_size, &resized)) {
    if (resized == nullptr) return arrow::Status::OutOfMemory("no ", new_size, " bytes are free");
    *memory = resized;
    stats_.DidReallocateBytes(old_size, new_size);
    return arrow::Status::OK();
  }
  std::uint8_t* moved = nullptr;
  ARROW_RETURN_NOT_OK(Allocate(new_size, alignment, &moved));
  std::memcpy(moved, *memory, static_cast<std::size_t>(std::min(old_size, new_size)));
  Free(*memory, old_size, alignment);
  *memory = moved;
  return arrow::Status::OK();
}

void BlockPool::Free(std::uint8_t* memory, std::int64_t size, std::int64_t alignment) {
  if (size < kLargeBytes || !GiveBackBlock(memory)) rest_->Free(memory, size, alignment);
  stats_.DidFreeBytes(size);
}

void BlockPool::ReleaseUnused() {
  const std::lock_guard lock(mutex_);
  for (const Block& block : kept_) Unmap(block.memory, block.bytes);
  kept_.clear();
  kept_bytes_ = 0;
  rest_->ReleaseUnused();
}

std::int64_t BlockPool::kept_bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_bytes_;
}

arrow::MemoryPool* ScanMemory() {
  static auto* const blocks = new BlockPool(arrow::default_memory_pool());
  return delta::IsMallocWanted() ? arrow::default_memory_pool() : blocks;
}

}  // namespace sluice::client
