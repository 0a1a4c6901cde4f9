#include "serve_data.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "base/encoding.h"
#include "base/hash.h"

namespace sluice::apps {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyBytes = 32;

tl::unexpected<Error> FailAt(const fs::path& path, int code) {
  const bool denied = code == EACCES || code == EPERM || code == EROFS;
  return Fail(denied ? ErrorKind::kPermissionDenied : ErrorKind::kUnavailable, "{}: {}",
              path.string(), std::generic_category().message(code));
}

/// A whole file under its name at once, so that nobody reads half a key; what is there stays.
Status WriteOnce(const fs::path& path, std::string_view bytes) {
  fs::path fresh = path;
  fresh += "." + HexEncode(RandomBytes(8));
  const int file =
      ::open(fresh.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return FailAt(fresh, errno);
  const bool written =
      ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
      ::fsync(file) == 0;
  const int write_error = errno;
  ::close(file);
  const bool linked = written && (::link(fresh.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int link_error = errno;
  ::unlink(fresh.c_str());
  if (linked) return {};
  return FailAt(path, written ? link_error : write_error);
}

}  // namespace

Status OpenDataDirectory(const fs::path& folder) {
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (!error && made) fs::permissions(folder, fs::perms::owner_all, error);
  if (error && !fs::exists(folder)) return FailAt(folder, error.value());
  if (fs::is_directory(folder, error)) return {};
  return Fail(ErrorKind::kInvalidArgument, "{}: the data directory must be a folder",
              folder.string());
}

Result<std::string> OpenKey(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) SLUICE_RETURN_IF_ERROR(WriteOnce(path, RandomBytes(kKeyBytes)));
  return ReadKey(path);
}

Result<std::string> ReadKey(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string key{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file && key.size() >= kKeyBytes) return key;
  return Fail(ErrorKind::kInvalidArgument,
              "'{}' must hold at least {} random bytes (head -c 32 /dev/urandom)", path.string(),
              kKeyBytes);
}

}  // namespace sluice::apps
