#include "storage/local_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "storage/object_store_conformance.h"

namespace sluice::storage {
namespace {

namespace fs = std::filesystem;

/// A folder of its own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "sluice-storage-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = fs::canonical(name);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

  void Write(const fs::path& name, std::string_view bytes) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream out(path_ / name, std::ios::binary);
    out << bytes;
    ASSERT_TRUE(out.flush()) << name;
  }

 private:
  fs::path path_;
};

struct LocalFixture {
  static constexpr bool kKeepsTime = true;
  TemporaryFolder folder;
  std::shared_ptr<const ObjectStore> local = OpenLocalStore(folder.path()).value();

  ObjectStore& store() { return const_cast<ObjectStore&>(*local); }
  void Put(std::string_view key, std::string_view bytes, std::int64_t modified_ms) {
    folder.Write(fs::path(key), bytes);
    const timespec time{modified_ms / 1000, modified_ms % 1000 * 1'000'000};
    const timespec times[2] = {time, time};
    ASSERT_EQ(::utimensat(AT_FDCWD, (folder.path() / key).c_str(), times, 0), 0);
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Local, ObjectStoreConformance, LocalFixture);

/// A root "table" beside a folder "secret" that must stay out of reach.
class LocalLinks : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.Write("secret/key", "hidden");
    folder_.Write("table-other/key", "hidden");
    folder_.Write("table/in/file", "shown");
    store_ = OpenLocalStore(root()).value();
  }
  fs::path root() const { return folder_.path() / "table"; }
  void Link(const fs::path& target, const fs::path& name) {
    fs::create_symlink(target, root() / name);
  }
  std::string TreeKeys() {
    const auto listed = store_->ListTree("");
    if (!listed) return listed.error().message;
    std::string out;
    for (const auto& meta : *listed) out += (out.empty() ? "" : " ") + meta.key;
    return out;
  }
  ErrorKind KindOfAll(std::string_view key) {
    const auto read = store_->Read(key, 100);
    if (read) return ErrorKind::kInternal;
    const ErrorKind kind = read.error().kind;
    EXPECT_EQ(store_->Stat(key).error().kind, kind);
    EXPECT_EQ(store_->Open(key).error().kind, kind);
    EXPECT_EQ(OpenLocalKey(root(), key).error().kind, kind);
    EXPECT_THAT(read.error().message, testing::Not(testing::HasSubstr("secret")));
    return kind;
  }

  TemporaryFolder folder_;
  std::shared_ptr<const ObjectStore> store_;
};

TEST_F(LocalLinks, NoLinkLeadsOut) {
  Link("../secret/key", "relative");
  Link(folder_.path() / "secret/key", "absolute");
  Link("../secret", "folder");
  Link("relative", "twice");
  Link("/proc/self/root", "magic");
  Link("../table-other", "namesake");
  Link("/", "everything");
  for (const char* key : {"relative", "absolute", "folder/key", "twice", "namesake/key"}) {
    EXPECT_EQ(KindOfAll(key), ErrorKind::kInvalidArgument) << key;
  }
  EXPECT_EQ(KindOfAll("everything/etc/hostname"), ErrorKind::kInvalidArgument);
  EXPECT_FALSE(store_->Stat("magic/etc/hostname"));
  EXPECT_EQ(store_->List("folder/", "").error().kind, ErrorKind::kInvalidArgument);
  EXPECT_TRUE(store_->List("", "")->empty());
  EXPECT_EQ(TreeKeys(), "in/file");
}

TEST_F(LocalLinks, LinksThatStayInsideWork) {
  Link("in/file", "relative");
  Link(root() / "in/file", "absolute");
  Link(root() / "in", "folder");
  Link("in/../in/file", "up-and-down");
  for (const char* key : {"relative", "absolute", "folder/file", "up-and-down"}) {
    const auto read = store_->Read(key, 100);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ((*read)->ToString(), "shown");
    EXPECT_EQ(store_->Stat(key)->size, 5);
  }
  EXPECT_EQ(store_->List("", "")->size(), 3U);
  EXPECT_EQ(store_->List("folder/", "")->front().key, "folder/file");
  EXPECT_EQ(TreeKeys(), "absolute folder/file in/file relative up-and-down");
}

TEST_F(LocalLinks, FoldersThatLieInThemselvesAreEnteredOnce) {
  Link("..", "in/up");
  Link(root(), "again");
  folder_.Write("table/in/deep/down/file", "x");
  Link("deep", "in/side");
  EXPECT_EQ(TreeKeys(), "in/deep/down/file in/file in/side/down/file");
}

TEST_F(LocalLinks, LoopsAndDanglingLinksAreErrors) {
  Link("loop", "loop");
  Link("nowhere", "dangling");
  EXPECT_EQ(KindOfAll("loop"), ErrorKind::kInvalidArgument);
  EXPECT_EQ(KindOfAll("dangling"), ErrorKind::kNotFound);
  EXPECT_TRUE(store_->List("", "")->empty());
}

TEST_F(LocalLinks, OnlyRegularFilesAreObjects) {
  ASSERT_EQ(::mkfifo((root() / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(KindOfAll("pipe"), ErrorKind::kNotFound);
  EXPECT_EQ(KindOfAll("in"), ErrorKind::kNotFound);
  EXPECT_TRUE(store_->List("", "")->empty());
}

TEST_F(LocalLinks, NamesThatAreNotUtf8AreSkipped) {
  folder_.Write("table/good", "x");
  folder_.Write(fs::path("table/bad\xFF"), "x");
  ASSERT_EQ(store_->List("", "")->size(), 1U);
  EXPECT_EQ(store_->List("", "")->front().key, "good");
}

TEST_F(LocalLinks, ARootThatIsReplacedIsSeen) {
  fs::rename(root(), folder_.path() / "old");
  EXPECT_EQ(store_->Stat("in/file").error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(store_->List("in/", "")->empty());
  folder_.Write("table/in/file", "newer");
  EXPECT_EQ((*store_->Read("in/file", 100))->ToString(), "newer");
}

TEST_F(LocalLinks, ErrorsNameTheFile) {
  const auto read = store_->Read("in/none", 100);
  EXPECT_EQ(read.error().message, (root() / "in/none").string() + ": No such file or directory");
}

TEST_F(LocalLinks, UnreadableFilesAreDenied) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  fs::permissions(root() / "in/file", fs::perms::none);
  EXPECT_EQ(store_->Read("in/file", 100).error().kind, ErrorKind::kPermissionDenied);
}

TEST_F(LocalLinks, ADescriptorReadsTheFile) {
  const int fd = OpenLocalKey(root(), "in/file").value();
  char bytes[16];
  EXPECT_EQ(::pread(fd, bytes, sizeof(bytes), 0), 5);
  EXPECT_EQ(std::string_view(bytes, 5), "shown");
  EXPECT_EQ(::write(fd, "x", 1), -1);
  ::close(fd);
}

TEST_F(LocalLinks, AnOpenFileOutlivesStoreAndName) {
  auto file = store_->Open("in/file").value();
  store_.reset();
  fs::remove(root() / "in/file");
  EXPECT_EQ(file->ReadAt(1, 3).ValueOrDie()->ToString(), "how");
}

TEST(OpenLocalStore, NeedsAFolder) {
  const TemporaryFolder folder;
  folder.Write("file", "x");
  EXPECT_EQ(OpenLocalStore(folder.path() / "none").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(OpenLocalStore(folder.path() / "file").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(OpenLocalStore(folder.path()).value()->Describe(), folder.path().string());
}

TEST(OpenLocalStore, ARootThatIsALinkIsFollowedOnce) {
  const TemporaryFolder folder;
  folder.Write("real/a", "x");
  fs::create_directory_symlink("real", folder.path() / "link");
  const auto store = OpenLocalStore(folder.path() / "link").value();
  EXPECT_EQ(store->Describe(), (folder.path() / "real").string());
  EXPECT_TRUE(store->Stat("a"));
}

TEST(LocalFileSystemTest, IsKnownByItsKind) {
  EXPECT_FALSE(IsOnLocalFileSystem("/proc"));
  EXPECT_FALSE(IsOnLocalFileSystem("/no/such/folder"));
  // Where there is one at all, memory is a file system of this machine's own.
  if (std::filesystem::is_directory("/dev/shm")) EXPECT_TRUE(IsOnLocalFileSystem("/dev/shm"));
}

}  // namespace
}  // namespace sluice::storage
