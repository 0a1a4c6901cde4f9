// PagePool: memory for columns that are built once and kept long.
//
// A decoder grows a column by doubling and cuts it to its size at the end. Here each large column
// is a mapping of its own: growing it moves pages instead of bytes, and what is cut off goes back
// to the system at once, where an allocator would keep it.
#pragma once

#include <arrow/memory_pool.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace sluice::delta {

/// Thread-safe. Errors: arrow's OutOfMemory.
class PagePool : public arrow::MemoryPool {
 public:
  /// Smaller ones are left to `small`, which outlives the pool.
  static constexpr std::int64_t kLargeBytes = 256 << 10;

  explicit PagePool(arrow::MemoryPool* small) : small_(small) {}

  using MemoryPool::Allocate;
  using MemoryPool::Free;
  using MemoryPool::Reallocate;
  arrow::Status Allocate(std::int64_t size, std::int64_t alignment, std::uint8_t** out) override;
  arrow::Status Reallocate(std::int64_t old_size, std::int64_t new_size, std::int64_t alignment,
                           std::uint8_t** block) override;
  void Free(std::uint8_t* block, std::int64_t size, std::int64_t alignment) override;
  void ReleaseUnused() override { small_->ReleaseUnused(); }

  /// Of large ones, in whole pages.
  std::int64_t bytes_allocated() const override { return bytes_; }
  std::int64_t max_memory() const override { return -1; }
  std::int64_t total_bytes_allocated() const override { return total_bytes_; }
  std::int64_t num_allocations() const override { return allocations_; }
  std::string backend_name() const override { return "pages"; }

 private:
  void Count(std::int64_t old_bytes, std::int64_t new_bytes);

  arrow::MemoryPool* const small_;
  std::atomic<std::int64_t> bytes_ = 0;
  std::atomic<std::int64_t> total_bytes_ = 0;
  std::atomic<std::int64_t> allocations_ = 0;
};

/// Whether Arrow's own pool was set to be malloc, which sanitizers watch; then no other is used.
bool IsMallocWanted();

/// Where columns of checkpoints live: the process's PagePool, unless malloc is wanted.
arrow::MemoryPool* ColumnPool();

}  // namespace sluice::delta
