#include "base/pages.h"

#include <gtest/gtest.h>

#include <cstring>

namespace sluice {
namespace {

constexpr std::size_t kSmall = 64 << 10;
constexpr std::size_t kLarge = 6 << 20;

TEST(Pages, AreZerosThatCanBeWritten) {
  for (const std::size_t bytes : {kSmall, kLarge}) {
    std::uint8_t* const block = MapPages(bytes);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(block[0] | block[bytes - 1], 0);
    std::memset(block, 7, bytes);
    UnmapPages(block, bytes);
  }
  EXPECT_EQ(MapPages(std::size_t{1} << 60), nullptr);
}

TEST(Pages, LargeOnesLieAtMultiplesOfTheirSize) {
  std::uint8_t* const block = MapPages(kLarge);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % (2 << 20), 0U);
  UnmapPages(block, kLarge);
}

TEST(Pages, KeepWhatIsInThemAsTheirSizeChanges) {
  std::uint8_t* block = MapPages(kSmall);
  std::memset(block, 7, kSmall);
  block = RemapPages(block, kSmall, kLarge);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(block[kSmall - 1], 7);
  EXPECT_EQ(block[kSmall], 0);
  std::memset(block, 8, kLarge);
  EXPECT_EQ(RemapPages(block, kLarge, std::size_t{1} << 60), nullptr);
  EXPECT_EQ(RemapPages(block, kLarge, kSmall), block);
  EXPECT_EQ(block[kSmall - 1], 8);
  UnmapPages(block, kSmall);
}

}  // namespace
}  // namespace sluice
