#include "serve_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "base/encoding.h"
#include "base/hash.h"

namespace sluice::apps {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ServeProfile : public testing::Test {
 protected:
  ServeProfile() {
    folder_ = fs::temp_directory_path() / ("sluice-profile-" + HexEncode(RandomBytes(8)));
    fs::create_directories(folder_);
    path_ = folder_ / "p.share";
  }
  ~ServeProfile() override { fs::remove_all(folder_); }

  static protocol::Profile Make(const std::string& endpoint, const std::string& token) {
    protocol::Profile profile;
    profile.endpoint = endpoint;
    profile.credential = protocol::BearerToken{token};
    return profile;
  }
  std::string Content() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  mode_t Mode() const {
    struct stat info {};
    ::stat(path_.c_str(), &info);
    return info.st_mode & 0777;
  }

  fs::path folder_;
  fs::path path_;
};

TEST_F(ServeProfile, IsPrivateAndReadsBack) {
  ASSERT_TRUE(WriteProfile(path_, Make("http://127.0.0.1:1/delta-sharing", "token-1")));
  EXPECT_EQ(Mode(), 0600U);
  const auto read = protocol::ParseProfile(Content());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->credential, protocol::Credential(protocol::BearerToken{"token-1"}));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(ServeProfile, ReplacesItsOwnWhateverThePortAndWhatIsNoProfile) {
  ASSERT_TRUE(WriteProfile(path_, Make("http://127.0.0.1:1/delta-sharing", "token-1")));
  ASSERT_TRUE(WriteProfile(path_, Make("http://127.0.0.1:2/delta-sharing", "token-2")));
  EXPECT_THAT(Content(), HasSubstr("token-2"));
  std::ofstream(path_) << "{}";
  fs::permissions(path_, fs::perms::all);
  ASSERT_TRUE(WriteProfile(path_, Make("http://127.0.0.1:2/delta-sharing", "token-3")));
  EXPECT_EQ(Mode(), 0600U);
}

TEST_F(ServeProfile, LeavesTheProfileOfAnotherServerAlone) {
  ASSERT_TRUE(WriteProfile(path_, Make("https://elsewhere.org/delta-sharing", "theirs")));
  const auto written = WriteProfile(path_, Make("http://127.0.0.1:2/delta-sharing", "mine"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::kAlreadyExists);
  EXPECT_THAT(written.error().message, HasSubstr(path_.string()));
  EXPECT_THAT(written.error().message, HasSubstr("elsewhere.org"));
  EXPECT_EQ(written.error().message.find("theirs"), std::string::npos);
  EXPECT_THAT(Content(), HasSubstr("theirs"));
}

TEST_F(ServeProfile, NeitherFollowsLinksNorReplacesFolders) {
  fs::create_symlink(folder_ / "elsewhere", path_);
  EXPECT_FALSE(WriteProfile(path_, Make("http://127.0.0.1:1/x", "t")));
  EXPECT_FALSE(fs::exists(folder_ / "elsewhere"));
  EXPECT_FALSE(WriteProfile(folder_, Make("http://127.0.0.1:1/x", "t")));
  const auto missing = WriteProfile(folder_ / "no/such/p.share", Make("http://127.0.0.1:1/x", "t"));
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace sluice::apps
