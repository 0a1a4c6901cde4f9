// BlockPool: memory of scans, which goes back to the system when batches are let go.
#pragma once

#include <arrow/memory_pool.h>

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace sluice::client {

/// Batches are made by many threads and let go by another. Allocators that keep a heap a thread
/// hold on to such memory, which may be several times what is in use. Here, what is large is a
/// mapping of its own, and of those that were let go the last few are used again, by any thread,
/// where they are less than a large page, of which touching costs little. What is small, and what
/// exceeds the mappings that a process may have, is `rest`'s. Thread-safe.
class BlockPool : public arrow::MemoryPool {
 public:
  static constexpr std::int64_t kLargeBytes = std::int64_t{256} << 10;
  static constexpr std::int64_t kKeptBytes = std::int64_t{28} << 20;
  static constexpr std::size_t kMaxBlocks = 16 << 10;

  explicit BlockPool(arrow::MemoryPool* rest, std::size_t max_blocks = kMaxBlocks)
      : rest_(rest), max_blocks_(max_blocks) {}
  ~BlockPool() override { ReleaseUnused(); }

  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Free;
  using arrow::MemoryPool::Reallocate;
  arrow::Status Allocate(std::int64_t size, std::int64_t alignment, std::uint8_t** out) override;
  arrow::Status Reallocate(std::int64_t old_size, std::int64_t new_size, std::int64_t alignment,
                           std::uint8_t** memory) override;
  void Free(std::uint8_t* memory, std::int64_t size, std::int64_t alignment) override;
  void ReleaseUnused() override;

  std::int64_t bytes_allocated() const override { return stats_.bytes_allocated(); }
  std::int64_t max_memory() const override { return stats_.max_memory(); }
  std::int64_t total_bytes_allocated() const override { return stats_.total_bytes_allocated(); }
  std::int64_t num_allocations() const override { return stats_.num_allocations(); }
  std::string backend_name() const override { return "blocks"; }

  std::int64_t kept_bytes() const;

  /// Between these, other threads wait. For a fork, whose child has only the thread that forked.
  void Lock() { mutex_.lock(); }
  void Unlock() { mutex_.unlock(); }

 private:
  struct Block {
    std::uint8_t* memory = nullptr;
    std::int64_t bytes = 0;
  };

  static void Unmap(const Block& block);
  /// Of those let go, under the lock; null where none has this size.
  std::uint8_t* TakeKept(std::int64_t bytes);
  /// Null: `rest_` is to be asked.
  std::uint8_t* TakeBlock(std::int64_t size);
  /// False where it is none.
  bool GiveBackBlock(std::uint8_t* memory);
  /// False where it is none, or another is to take its place; else `memory` has the new size or is
  /// null.
  bool ResizeBlock(std::int64_t new_size, std::uint8_t** memory);

  arrow::MemoryPool* const rest_;
  const std::size_t max_blocks_;
  arrow::internal::MemoryPoolStats stats_;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint8_t*, std::int64_t> used_;  ///< Bytes of each.
  std::list<Block> kept_;                                 ///< The last one let go is first.
  std::int64_t kept_bytes_ = 0;
};

/// Where scans have their memory: the BlockPool of this process, unless delta::IsMallocWanted(). It
/// is never destroyed: batches may outlive everything. A process forked at any moment has it too.
arrow::MemoryPool* ScanMemory();

}  // namespace sluice::client
