#include "serve_data.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "base/hash.h"
#include "private_file.h"

namespace sluice::apps {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyBytes = 32;

tl::unexpected<Error> FailAt(const fs::path& path, int code) {
  const bool denied = code == EACCES || code == EPERM || code == EROFS;
  return Fail(denied ? ErrorKind::kPermissionDenied : ErrorKind::kUnavailable, "{}: {}",
              path.string(), std::generic_category().message(code));
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
  if (!fs::exists(path, error)) {
    // Another process may be faster: its key stays.
    error = WritePrivateFile(path, RandomBytes(kKeyBytes), WhenThere::kKeep);
    if (error) return FailAt(path, error.value());
  }
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
