#include "base/file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sluice {
namespace {

TEST(ReadFile, IsAllOfItOrTheReason) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "read-file-test";
  std::ofstream(path, std::ios::binary) << std::string("a\0b\r\n", 5);
  EXPECT_EQ(ReadFile(path, 5), std::string("a\0b\r\n", 5));
  const auto refused = [](const std::string& where, std::size_t max) {
    const auto text = ReadFile(where, max);
    return text ? "read" : std::string(KindName(text.error().kind)) + " " + text.error().message;
  };
  EXPECT_EQ(refused(path, 4), "too_large longer than 4 bytes");
  EXPECT_EQ(refused(path.string() + "-not", 4), "not_found No such file or directory");
  EXPECT_EQ(refused(path.string() + "/below", 4), "not_found Not a directory");
  EXPECT_EQ(refused(testing::TempDir(), 4), "invalid_argument is a folder");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace sluice
