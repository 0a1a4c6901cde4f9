#include "base/file.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace sluice {
namespace {

constexpr std::size_t kFirstRead = std::size_t{16} << 10;

Error Because(int number) {
  const ErrorKind kind = number == EACCES || number == EPERM     ? ErrorKind::kPermissionDenied
                         : number == ENOENT || number == ENOTDIR ? ErrorKind::kNotFound
                                                                 : ErrorKind::kUnavailable;
  return Error{kind, std::generic_category().message(number)};
}

}  // namespace

Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes) {
  std::error_code none;
  if (std::filesystem::is_directory(path, none)) {
    return Fail(ErrorKind::kInvalidArgument, "is a folder");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(Because(errno));
  std::string text;
  // By doubling: a bound may be far above what is there, and filling it with zeros takes time.
  while (file && text.size() <= max_bytes) {
    const std::size_t had = text.size();
    text.resize(std::min(max_bytes + 1, std::max(2 * had, kFirstRead)));
    file.read(text.data() + had, static_cast<std::streamsize>(text.size() - had));
    text.resize(had + static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return Fail(Because(errno != 0 ? errno : EIO));
  if (text.size() > max_bytes) {
    return Fail(ErrorKind::kTooLarge, "longer than {} bytes", max_bytes);
  }
  return text;
}

}  // namespace sluice
