#include "client/block_pool.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

namespace sluice::client {
namespace {

TEST(BlockPoolTest, KeepsALittleOfWhatIsLetGo) {
  BlockPool pool(arrow::default_memory_pool());
  constexpr std::int64_t kBytes = 3 << 19;
  std::vector<std::uint8_t*> blocks(20);
  for (auto& block : blocks) {
    ASSERT_TRUE(pool.Allocate(kBytes, &block).ok());
    std::memset(block, 1, kBytes);
  }
  EXPECT_EQ(pool.bytes_allocated(), 20 * kBytes);
  EXPECT_EQ(pool.kept_bytes(), 0);
  for (auto* block : blocks) pool.Free(block, kBytes);
  EXPECT_EQ(pool.bytes_allocated(), 0);
  EXPECT_GT(pool.kept_bytes(), 0);
  EXPECT_LE(pool.kept_bytes(), BlockPool::kKeptBytes);
  std::uint8_t* again = nullptr;
  ASSERT_TRUE(pool.Allocate(kBytes - 5, &again).ok());
  EXPECT_EQ(again, blocks.back());
  pool.Free(again, kBytes - 5);
  pool.ReleaseUnused();
  EXPECT_EQ(pool.kept_bytes(), 0);
}

TEST(BlockPoolTest, LargePagesGoBackAtOnce) {
  BlockPool pool(arrow::default_memory_pool());
  constexpr std::int64_t kBytes = 4 << 20;
  std::uint8_t* block = nullptr;
  ASSERT_TRUE(pool.Allocate(kBytes, &block).ok());
  pool.Free(block, kBytes);
  EXPECT_EQ(pool.kept_bytes(), 0);
}

TEST(BlockPoolTest, ABlockThatGrowsTakesThePlaceOfOneLetGo) {
  BlockPool pool(arrow::default_memory_pool());
  constexpr std::int64_t kBytes = 1 << 20;
  std::uint8_t* old = nullptr;
  ASSERT_TRUE(pool.Allocate(kBytes, &old).ok());
  pool.Free(old, kBytes);
  std::uint8_t* grown = nullptr;
  ASSERT_TRUE(pool.Allocate(kBytes / 2, &grown).ok());
  std::memset(grown, 7, kBytes / 2);
  ASSERT_TRUE(pool.Reallocate(kBytes / 2, kBytes, &grown).ok());
  EXPECT_EQ(grown, old);
  EXPECT_EQ(grown[kBytes / 2 - 1], 7);
  pool.Free(grown, kBytes);
}

/// A piece of memory and what must be in it.
struct Piece {
  std::uint8_t* memory = nullptr;
  std::int64_t size = 0;
  std::uint8_t mark = 0;

  void Fill() const { std::memset(memory, mark, static_cast<std::size_t>(size)); }
  bool HasMarks(std::int64_t count) const {
    for (std::int64_t i = 0; i < count; i += 997) {
      if (memory[i] != mark) return false;
    }
    return count == 0 || memory[count - 1] == mark;
  }
};

void UseAtRandom(BlockPool* pool, unsigned seed) {
  std::mt19937 random(seed);
  const auto size = [&random] { return static_cast<std::int64_t>(random() % (1 << 20)); };
  std::vector<Piece> pieces(40);
  for (int i = 0; i < 4'000; ++i) {
    Piece& piece = pieces[random() % pieces.size()];
    if (piece.memory == nullptr) {
      piece = {nullptr, size(), static_cast<std::uint8_t>(random())};
      ASSERT_TRUE(pool->Allocate(piece.size, &piece.memory).ok());
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(piece.memory) % 64, 0U);
      piece.Fill();
    } else if (random() % 2 == 0) {
      const std::int64_t old_size = piece.size;
      piece.size = size();
      ASSERT_TRUE(pool->Reallocate(old_size, piece.size, &piece.memory).ok());
      ASSERT_TRUE(piece.HasMarks(std::min(old_size, piece.size)));
      piece.Fill();
    } else {
      ASSERT_TRUE(piece.HasMarks(piece.size));
      pool->Free(piece.memory, piece.size);
      piece.memory = nullptr;
    }
  }
  for (const Piece& piece : pieces) {
    if (piece.memory != nullptr) pool->Free(piece.memory, piece.size);
  }
}

TEST(BlockPoolTest, WhatIsInUseStaysAsItIs) {
  BlockPool pool(arrow::default_memory_pool());
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([&pool, seed] { UseAtRandom(&pool, seed); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(pool.bytes_allocated(), 0);
}

TEST(BlockPoolTest, AProcessForkedAtAnyMomentHasMemory) {
  constexpr std::int64_t kBytes = 300 << 10;
  const auto use = [] {
    std::uint8_t* block = nullptr;
    const bool given = ScanMemory()->Allocate(kBytes, &block).ok();
    if (given) ScanMemory()->Free(block, kBytes);
    return given;
  };
  std::atomic<bool> done = false;
  std::vector<std::thread> users;
  for (int i = 0; i < 4; ++i) {
    users.emplace_back([&] {
      while (!done) use();
    });
  }
  for (int i = 0; i < 100 && !HasFailure(); ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(20);  // Ends the process where it hangs.
      ::_exit(use() ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  done = true;
  for (std::thread& user : users) user.join();
}

TEST(BlockPoolTest, MappingsAreNotUsedUp) {
  constexpr std::size_t kMost = 1'000;
  BlockPool pool(arrow::default_memory_pool(), kMost);
  constexpr std::int64_t kBytes = BlockPool::kLargeBytes;
  std::vector<std::uint8_t*> blocks(kMost + 100);
  for (auto& block : blocks) ASSERT_TRUE(pool.Allocate(kBytes, &block).ok());
  for (auto& block : blocks) ASSERT_TRUE(pool.Reallocate(kBytes, 3 * kBytes, &block).ok());
  for (auto* block : blocks) pool.Free(block, 3 * kBytes);
  EXPECT_EQ(pool.bytes_allocated(), 0);
}

}  // namespace
}  // namespace sluice::client
