#include "serve_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/encoding.h"
#include "base/hash.h"

namespace sluice::apps {
namespace {

namespace fs = std::filesystem;

class ServeDataTest : public testing::Test {
 protected:
  ~ServeDataTest() override { fs::remove_all(folder_); }
  static fs::perms Mode(const fs::path& path) { return fs::status(path).permissions(); }

  const fs::path folder_ = fs::temp_directory_path() / ("sluice-data-" + HexEncode(RandomBytes(8)));
};

TEST_F(ServeDataTest, TheKeyStaysAndIsTheOwnersOnly) {
  ASSERT_TRUE(OpenDataDirectory(folder_ / "a"));
  EXPECT_EQ(Mode(folder_ / "a"), fs::perms::owner_all);
  const auto key = OpenKey(folder_ / "a/server.key");
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->size(), 32U);
  EXPECT_EQ(Mode(folder_ / "a/server.key"), fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_TRUE(OpenDataDirectory(folder_ / "a"));
  EXPECT_EQ(*OpenKey(folder_ / "a/server.key"), *key);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "a"), {}), 1);
}

TEST_F(ServeDataTest, ErrorsNameThePath) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "file") << "short";
  for (const auto& error :
       {OpenDataDirectory(folder_ / "file").error(),
        OpenDataDirectory(folder_ / "file/below").error(), OpenKey(folder_ / "file").error(),
        OpenKey(folder_ / "no/key").error(), ReadKey(folder_ / "none").error()}) {
    EXPECT_THAT(error.message, testing::HasSubstr(folder_.string()));
  }
  EXPECT_FALSE(fs::exists(folder_ / "none"));
}

}  // namespace
}  // namespace sluice::apps
