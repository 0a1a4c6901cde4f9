#include "storage/local_store.h"

#include <arrow/io/file.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "base/arrow_status.h"
#include "base/encoding.h"

namespace sluice::storage {
namespace {

namespace fs = std::filesystem;

/// Owns a file descriptor.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::string Place(const fs::path& root, std::string_view key) {
  std::string place = root.native();
  if (!key.empty()) place.append("/").append(key);
  return place;
}

Error FromErrno(int code, const fs::path& root, std::string_view key) {
  ErrorKind kind = ErrorKind::kUnavailable;
  switch (code) {
    case ENOENT:
    case ENOTDIR:
    case ENXIO:
      kind = ErrorKind::kNotFound;
      break;
    case EACCES:
    case EPERM:
      kind = ErrorKind::kPermissionDenied;
      break;
    case EXDEV:
      return {ErrorKind::kInvalidArgument, Place(root, key) + ": leads out of the table's folder"};
    case ELOOP:
    case ENAMETOOLONG:
      kind = ErrorKind::kInvalidArgument;
      break;
    default:
      break;
  }
  // Each look for a version that is not there yet ends here.
  if (code == ENOENT) return {kind, Place(root, key).append(": No such file or directory")};
  return {kind, Place(root, key) + ": " + std::generic_category().message(code)};
}

/// True when `path` is `root` or lies below it; both real.
bool IsBeneath(const fs::path& root, const fs::path& path) {
  const auto mismatch = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return mismatch.first == root.end() ||
         (std::next(mismatch.first) == root.end() && mismatch.first->empty());
}

/// The real path of root/key, which lies below root.
Result<fs::path> RealPath(const fs::path& root, std::string_view key) {
  std::error_code code;
  fs::path real = fs::canonical(root / key, code);
  if (code) return Fail(FromErrno(code.value(), root, key));
  if (!IsBeneath(root, real)) return Fail(FromErrno(EXDEV, root, key));
  return real;
}

Fd OpenBeneath(int root, const char* path, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return Fd(static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof(how))));
}

/// Opens root/key, following only links that stay below root. An empty key is the root itself.
/// The root is opened anew each time, so that a folder that was replaced is seen.
Result<Fd> OpenKey(const fs::path& root, std::string_view key, int flags) {
  flags |= O_CLOEXEC;
  const Fd folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return Fail(FromErrno(errno, root, ""));
  const std::string path = key.empty() ? "." : std::string(key);
  if (Fd fd = OpenBeneath(folder.get(), path.c_str(), flags)) return fd;
  // EXDEV is also the answer for an absolute link that points back into the root; ENOSYS and, in
  // some containers, EPERM that of a kernel that does not offer the call.
  const int code = errno;
  if (code != EXDEV && code != ENOSYS && code != EPERM) return Fail(FromErrno(code, root, key));
  SLUICE_TRY(const fs::path real, RealPath(root, key));
  const std::string inner = real.lexically_relative(root).string();
  if (Fd fd = OpenBeneath(folder.get(), inner.c_str(), flags)) return fd;
  if (errno != ENOSYS && errno != EPERM) return Fail(FromErrno(errno, root, key));
  Fd fd(::open(real.c_str(), flags | O_NOFOLLOW));
  if (!fd) return Fail(FromErrno(errno, root, key));
  return fd;
}

std::int64_t ModifiedMillis(const struct stat& info) {
  return std::int64_t{info.st_mtim.tv_sec} * 1000 + info.st_mtim.tv_nsec / 1'000'000;
}

struct OpenFile {
  Fd fd;
  struct stat info;
};

/// A folder of a tree, its entries still to be read.
struct Folder {
  std::string prefix;  ///< Of the keys in it.
  dev_t device = 0;
  ino_t inode = 0;
  std::shared_ptr<const Folder> parent;

  /// Whether it lies in itself, by a symbolic link.
  bool IsLoop() const {
    for (const Folder* up = parent.get(); up != nullptr; up = up->parent.get()) {
      if (up->device == device && up->inode == inode) return true;
    }
    return false;
  }
};
using FolderPtr = std::shared_ptr<Folder>;

/// A regular file below root; anything else is no object.
Result<OpenFile> OpenObject(const fs::path& root, std::string_view key, int flags) {
  SLUICE_RETURN_IF_ERROR(CheckKey(key));
  OpenFile file;
  SLUICE_TRY(file.fd, OpenKey(root, key, flags));
  if (::fstat(file.fd.get(), &file.info) != 0) return Fail(FromErrno(errno, root, key));
  if (!S_ISREG(file.info.st_mode)) return Fail(FromErrno(ENOENT, root, key));
  return file;
}

/// O_NONBLOCK: a pipe must not hold the caller until somebody writes.
constexpr int kReadFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY;

class LocalStore : public ObjectStore {
 public:
  explicit LocalStore(fs::path root) : root_(std::move(root)) {}

  Result<std::vector<ObjectMeta>> List(std::string_view prefix,
                                       std::string_view start_after) const override;
  Result<FolderListing> ListFolder(std::string_view prefix) const override;
  Result<std::vector<ObjectMeta>> ListRange(std::string_view prefix,
                                            const KeyRange& range) const override;
  Result<ObjectMeta> Stat(std::string_view key) const override;
  Result<std::shared_ptr<arrow::Buffer>> Read(std::string_view key,
                                              std::int64_t max_size) const override;
  Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open(std::string_view key) const override;
  std::string Describe() const override { return root_.string(); }

 private:
  /// What List and ListFolder show; the folders behind `start_after`, too.
  Result<FolderListing> ListFrom(std::string_view prefix, std::string_view start_after) const;

  /// Calls visit(key, info) for each entry of a folder whose key is UTF-8; nothing for a
  /// folder that is not there.
  template <typename Visit>
  Status ReadFolder(Folder* folder, const Visit& visit) const;

  const fs::path root_;
};

/// What stands before the last slash of a prefix, with it.
std::string FolderOf(std::string_view prefix) {
  const std::size_t slash = prefix.rfind('/');
  return slash == std::string_view::npos ? "" : std::string(prefix.substr(0, slash + 1));
}

void SortByKey(std::vector<ObjectMeta>* found) {
  std::sort(found->begin(), found->end(),
            [](const ObjectMeta& a, const ObjectMeta& b) { return a.key < b.key; });
}

template <typename Visit>
Status LocalStore::ReadFolder(Folder* folder, const Visit& visit) const {
  auto opened = OpenKey(root_, folder->prefix, O_RDONLY | O_DIRECTORY);
  if (!opened && opened.error().kind == ErrorKind::kNotFound) return {};
  if (!opened) return Fail(std::move(opened).error());
  struct stat info {};
  if (::fstat(opened->get(), &info) != 0) return Fail(FromErrno(errno, root_, folder->prefix));
  folder->device = info.st_dev;
  folder->inode = info.st_ino;
  if (folder->IsLoop()) return {};

  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(opened->get()), ::closedir);
  if (!entries) return Fail(FromErrno(errno, root_, folder->prefix));
  opened->release();
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(entries.get());  // NOLINT(concurrency-mt-unsafe): it is ours.
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    std::string key = folder->prefix + entry->d_name;
    if (name == "." || name == ".." || !IsUtf8(key)) continue;
    if (::fstatat(::dirfd(entries.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) continue;
    SLUICE_RETURN_IF_ERROR(visit(std::move(key), info));
  }
  if (errno != 0) return Fail(FromErrno(errno, root_, folder->prefix));
  return {};
}

Result<std::vector<ObjectMeta>> LocalStore::List(std::string_view prefix,
                                                 std::string_view start_after) const {
  SLUICE_TRY(auto found, ListFrom(prefix, start_after));
  return std::move(found.objects);
}

Result<FolderListing> LocalStore::ListFolder(std::string_view prefix) const {
  return ListFrom(prefix, "");
}

Result<FolderListing> LocalStore::ListFrom(std::string_view prefix,
                                           std::string_view start_after) const {
  SLUICE_RETURN_IF_ERROR(CheckPrefix(prefix));
  FolderListing found;
  const auto visit = [&](std::string key, const struct stat& info) -> Status {
    if (!key.starts_with(prefix) || key <= start_after) return {};
    if (S_ISDIR(info.st_mode)) {
      found.folders.push_back(std::move(key));
    } else if (S_ISREG(info.st_mode)) {
      found.objects.push_back({std::move(key), info.st_size, ModifiedMillis(info)});
    } else if (S_ISLNK(info.st_mode)) {
      if (auto target = Stat(key)) {
        found.objects.push_back(*std::move(target));
      } else if (OpenKey(root_, key, O_PATH | O_DIRECTORY)) {
        found.folders.push_back(std::move(key));
      }
    }
    return {};
  };
  Folder folder;
  folder.prefix = FolderOf(prefix);
  SLUICE_RETURN_IF_ERROR(ReadFolder(&folder, visit));
  SortByKey(&found.objects);
  SortFolders(&found.folders);
  return found;
}

Result<std::vector<ObjectMeta>> LocalStore::ListRange(std::string_view prefix,
                                                      const KeyRange& range) const {
  SLUICE_RETURN_IF_ERROR(CheckPrefix(prefix));
  std::vector<ObjectMeta> found;
  auto first = std::make_shared<Folder>();
  first->prefix = FolderOf(prefix);
  std::vector<FolderPtr> folders{std::move(first)};
  for (std::size_t entered = 0; !folders.empty(); ++entered) {
    if (entered == kMaxTreeObjects) return TreeTooLarge(prefix);
    const FolderPtr folder = std::move(folders.back());
    folders.pop_back();
    const auto enter = [&](std::string key) {
      auto inner = std::make_shared<Folder>();
      inner->prefix = std::move(key) + "/";
      inner->parent = folder;
      folders.push_back(std::move(inner));
    };
    const auto visit = [&](std::string key, const struct stat& info) -> Status {
      // Beyond what a key may be, nothing could be read.
      if (!(key + "/").starts_with(prefix) || !CheckKey(key)) return {};
      if (found.size() == kMaxTreeObjects) return TreeTooLarge(prefix);
      if (S_ISDIR(info.st_mode)) {
        enter(std::move(key));
      } else if (S_ISREG(info.st_mode) && key.starts_with(prefix)) {
        if (range.Holds(key)) {
          found.push_back({std::move(key), info.st_size, ModifiedMillis(info)});
        }
      } else if (S_ISLNK(info.st_mode)) {
        auto target = Stat(key);
        if (!target) {
          if (OpenKey(root_, key, O_PATH | O_DIRECTORY)) enter(std::move(key));
        } else if (key.starts_with(prefix) && range.Holds(key)) {
          found.push_back(*std::move(target));
        }
      }
      return {};
    };
    SLUICE_RETURN_IF_ERROR(ReadFolder(folder.get(), visit));
  }
  SortByKey(&found);
  return found;
}

Result<ObjectMeta> LocalStore::Stat(std::string_view key) const {
  SLUICE_RETURN_IF_ERROR(CheckKey(key));
  // Mostly this asks for a next commit that is not there, which one call tells, links or no links.
  struct stat info {};
  if (::stat(Place(root_, key).c_str(), &info) != 0 && errno == ENOENT) {
    return Fail(FromErrno(ENOENT, root_, key));
  }
  SLUICE_TRY(const OpenFile file, OpenObject(root_, key, O_PATH));
  return ObjectMeta{std::string(key), file.info.st_size, ModifiedMillis(file.info)};
}

Result<std::shared_ptr<arrow::Buffer>> LocalStore::Read(std::string_view key,
                                                        std::int64_t max_size) const {
  SLUICE_TRY(const OpenFile file, OpenObject(root_, key, kReadFlags));
  const std::int64_t size = file.info.st_size;
  if (size > max_size) {
    return Fail(ErrorKind::kTooLarge, "{}: {} bytes, more than {}", Place(root_, key), size,
                max_size);
  }
  SLUICE_TRY(std::unique_ptr<arrow::ResizableBuffer> buffer,
             FromArrow(arrow::AllocateResizableBuffer(size), Place(root_, key)));
  std::int64_t filled = 0;
  while (filled < size) {
    const ssize_t count = ::pread(file.fd.get(), buffer->mutable_data() + filled,
                                  static_cast<std::size_t>(size - filled), filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Fail(FromErrno(errno, root_, key));
    if (count == 0) break;
    filled += count;
  }
  SLUICE_RETURN_IF_ARROW(buffer->Resize(filled), Place(root_, key));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> LocalStore::Open(std::string_view key) const {
  SLUICE_TRY(OpenFile file, OpenObject(root_, key, kReadFlags));
  // pread, no mapping: a file cut short under a mapping kills the process.
  SLUICE_TRY(std::shared_ptr<arrow::io::ReadableFile> readable,
             FromArrow(arrow::io::ReadableFile::Open(file.fd.get()), Place(root_, key)));
  file.fd.release();
  return readable;
}

}  // namespace

Result<std::shared_ptr<const ObjectStore>> OpenLocalStore(const fs::path& root) {
  std::error_code code;
  fs::path real = fs::canonical(root, code);
  if (code) return Fail(FromErrno(code.value(), root, ""));
  SLUICE_TRY(const Fd folder, OpenKey(real, "", O_RDONLY | O_DIRECTORY));
  return std::make_shared<const LocalStore>(std::move(real));
}

bool IsOnLocalFileSystem(const fs::path& folder) {
  // Of linux/magic.h; ZFS is no part of Linux, and XFS has its number for itself.
  constexpr std::array<std::uint32_t, 7> kLocal = {
      EXT4_SUPER_MAGIC, BTRFS_SUPER_MAGIC,     F2FS_SUPER_MAGIC, TMPFS_MAGIC,
      0x58465342,       OVERLAYFS_SUPER_MAGIC, 0x2FC12FC1};
  struct statfs info {};
  if (::statfs(folder.c_str(), &info) != 0) return false;
  return std::find(kLocal.begin(), kLocal.end(), static_cast<std::uint32_t>(info.f_type)) !=
         kLocal.end();
}

Result<int> OpenLocalKey(const fs::path& root, std::string_view key) {
  SLUICE_TRY(OpenFile file, OpenObject(root, key, kReadFlags));
  return file.fd.release();
}

}  // namespace sluice::storage
