#include "delta/page_pool.h"

#include <arrow/array/builder_binary.h>
#include <gtest/gtest.h>

#include <random>

namespace sluice::delta {
namespace {

constexpr std::int64_t kLarge = PagePool::kLargeBytes;

class PagePoolTest : public testing::Test {
 protected:
  PagePool pool_{arrow::default_memory_pool()};
};

TEST_F(PagePoolTest, KeepsBytesWhileABlockGrowsAndShrinks) {
  std::mt19937 random(3);
  std::int64_t size = 1;
  std::uint8_t* block = nullptr;
  ASSERT_TRUE(pool_.Allocate(size, &block).ok());
  *block = 0;
  const auto value = [](std::int64_t place) { return static_cast<std::uint8_t>(place * 31 >> 7); };
  for (int round = 0; round < 200; ++round) {
    const std::int64_t next = static_cast<std::int64_t>(random() % (20 * kLarge)) + 1;
    ASSERT_TRUE(pool_.Reallocate(size, next, &block).ok());
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(block) % 64, 0U);
    for (std::int64_t i = 0; i < std::min(size, next); i += 509) ASSERT_EQ(block[i], value(i));
    for (std::int64_t i = size; i < next; ++i) block[i] = value(i);
    size = next;
  }
  pool_.Free(block, size);
  EXPECT_EQ(pool_.bytes_allocated(), 0);
}

TEST_F(PagePoolTest, CountsLargeBlocksInPages) {
  std::uint8_t* small = nullptr;
  std::uint8_t* large = nullptr;
  ASSERT_TRUE(pool_.Allocate(kLarge - 1, &small).ok());
  EXPECT_EQ(pool_.bytes_allocated(), 0);
  ASSERT_TRUE(pool_.Allocate(kLarge + 1, &large).ok());
  EXPECT_GT(pool_.bytes_allocated(), kLarge);
  EXPECT_LE(pool_.bytes_allocated(), kLarge + (64 << 10));
  pool_.Free(large, kLarge + 1);
  pool_.Free(small, kLarge - 1);
  EXPECT_EQ(pool_.bytes_allocated(), 0);
}

TEST_F(PagePoolTest, WhatAColumnWasShrunkByIsGivenBack) {
  arrow::StringBuilder builder(&pool_);
  const std::string text(1000, 'x');
  constexpr int kRows = 5 * kLarge / 1000;
  for (int i = 0; i < kRows; ++i) ASSERT_TRUE(builder.Append(text).ok());
  const auto column = builder.Finish().ValueOrDie();
  EXPECT_LT(pool_.bytes_allocated(), kRows * 1000 + (64 << 10));
}

TEST_F(PagePoolTest, RefusesMoreThanThereIs) {
  std::uint8_t* block = nullptr;
  EXPECT_TRUE(pool_.Allocate(std::int64_t{1} << 60, &block).IsOutOfMemory());
  ASSERT_TRUE(pool_.Allocate(kLarge, &block).ok());
  *block = 7;
  EXPECT_TRUE(pool_.Reallocate(kLarge, std::int64_t{1} << 60, &block).IsOutOfMemory());
  EXPECT_EQ(*block, 7);
  pool_.Free(block, kLarge);
}

}  // namespace
}  // namespace sluice::delta
