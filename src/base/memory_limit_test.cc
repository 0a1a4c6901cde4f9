#include "base/memory_limit.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/encoding.h"
#include "base/hash.h"

namespace sluice {
namespace {

class MemoryLimitTest : public testing::Test {
 protected:
  MemoryLimitTest() { Write("membership", "0::/system/sluice\n"); }
  ~MemoryLimitTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << text;
  }
  std::int64_t Limit() const {
    return MemoryLimit({(folder_ / "membership").string(), (folder_ / "groups").string()});
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("sluice-limit-" + HexEncode(RandomBytes(8)));
};

TEST_F(MemoryLimitTest, IsTheMachinesWhereNoGroupHasOne) {
  const std::int64_t whole = Limit();
  EXPECT_GT(whole, 0);
  Write("groups/system/sluice/memory.max", "max\n");
  EXPECT_EQ(Limit(), whole);
  Write("groups/system/sluice/memory.max", "9223372036854775807\n");
  EXPECT_EQ(Limit(), whole) << "more than there is";
}

TEST_F(MemoryLimitTest, IsTheLeastOfTheGroupAndThoseAboveIt) {
  Write("groups/system/sluice/memory.max", "2000000\n");
  EXPECT_EQ(Limit(), 2'000'000);
  Write("groups/system/memory.max", "1000000\n");
  EXPECT_EQ(Limit(), 1'000'000);
  Write("groups/memory.max", "500000\n");
  EXPECT_EQ(Limit(), 500'000) << "as in a container that is its own root";
}

TEST_F(MemoryLimitTest, KnowsTheFirstVersionOfGroups) {
  Write("membership", "5:memory:/docker/1\n");
  Write("groups/memory/memory.limit_in_bytes", "3000000\n");
  EXPECT_EQ(Limit(), 3'000'000);
}

TEST_F(MemoryLimitTest, OfThisProcessIsSomething) {
  EXPECT_GT(MemoryLimit(), 0);
}

}  // namespace
}  // namespace sluice
