#include "client/block_pool.h"

#include <pthread.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/pages.h"
#include "delta/page_pool.h"

namespace sluice::client {
namespace {

constexpr std::int64_t kLeastGrain = std::int64_t{64} << 10;
constexpr auto kLargePage = static_cast<std::int64_t>(kLargePageBytes);

/// So that blocks of nearly the same size can take each other's place; at most an eighth more, of
/// which nothing is touched.
std::int64_t Rounded(std::int64_t size) {
  const auto below = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(size)));
  const std::int64_t grain = std::max(kLeastGrain, below / 8);
  return (size + grain - 1) / grain * grain;
}

}  // namespace

void BlockPool::Unmap(const Block& block) {
  UnmapPages(block.memory, static_cast<std::size_t>(block.bytes));
}

std::uint8_t* BlockPool::TakeKept(std::int64_t bytes) {
  const auto kept = std::find_if(kept_.begin(), kept_.end(),
                                 [bytes](const Block& block) { return block.bytes == bytes; });
  if (kept == kept_.end()) return nullptr;
  std::uint8_t* const memory = kept->memory;
  kept_bytes_ -= bytes;
  kept_.erase(kept);
  used_.emplace(memory, bytes);
  return memory;
}

std::uint8_t* BlockPool::TakeBlock(std::int64_t size) {
  if (size < kLargeBytes || size > std::int64_t{1} << 46) return nullptr;
  const std::int64_t bytes = Rounded(size);
  {
    const std::lock_guard lock(mutex_);
    if (used_.size() >= max_blocks_) return nullptr;
    if (std::uint8_t* const kept = TakeKept(bytes)) return kept;
  }
  std::uint8_t* const memory = MapPages(static_cast<std::size_t>(bytes));
  if (memory == nullptr) return nullptr;
  const std::lock_guard lock(mutex_);
  used_.emplace(memory, bytes);
  return memory;
}

bool BlockPool::GiveBackBlock(std::uint8_t* memory) {
  std::list<Block> unwanted;  // Unmapped without the lock: it takes long.
  {
    const std::lock_guard lock(mutex_);
    const auto used = used_.find(memory);
    if (used == used_.end()) return false;
    const Block block{memory, used->second};
    used_.erase(used);
    (block.bytes < kLargePage ? kept_ : unwanted).push_front(block);
    if (unwanted.empty()) kept_bytes_ += block.bytes;
    while (kept_bytes_ > kKeptBytes) {
      kept_bytes_ -= kept_.back().bytes;
      unwanted.splice(unwanted.end(), kept_, std::prev(kept_.end()));
    }
  }
  for (const Block& block : unwanted) Unmap(block);
  return true;
}

bool BlockPool::ResizeBlock(std::int64_t new_size, std::uint8_t** memory) {
  if (new_size < kLargeBytes) return false;
  const std::lock_guard lock(mutex_);
  const auto used = used_.find(*memory);
  if (used == used_.end()) return false;
  const std::int64_t bytes = Rounded(new_size);
  if (bytes == used->second) return true;
  // To copy it into pages in use costs less than to touch new ones.
  if (bytes > used->second && used->second < kLargePage) return false;
  std::uint8_t* const resized =
      RemapPages(*memory, static_cast<std::size_t>(used->second), static_cast<std::size_t>(bytes));
  if (resized != nullptr) {
    used_.erase(used);
    used_.emplace(resized, bytes);
  }
  *memory = resized;
  return true;
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
  for (const Block& block : kept_) Unmap(block);
  kept_.clear();
  kept_bytes_ = 0;
  rest_->ReleaseUnused();
}

std::int64_t BlockPool::kept_bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_bytes_;
}

namespace {

/// A child has the lock as it was, and not the thread that would let it go: the one that forks has
/// it meanwhile.
BlockPool* ProcessBlocks() {
  static auto* const blocks = [] {
    const auto lock = [] { ProcessBlocks()->Lock(); };
    const auto unlock = [] { ProcessBlocks()->Unlock(); };
    ::pthread_atfork(lock, unlock, unlock);
    return new BlockPool(arrow::default_memory_pool());
  }();
  return blocks;
}

}  // namespace

arrow::MemoryPool* ScanMemory() {
  return delta::IsMallocWanted() ? arrow::default_memory_pool() : ProcessBlocks();
}

}  // namespace sluice::client
