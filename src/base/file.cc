#include "base/file.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace sluice {
namespace {

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
  std::string text(max_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return Fail(Because(errno != 0 ? errno : EIO));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > max_bytes) {
    return Fail(ErrorKind::kTooLarge, "longer than {} bytes", max_bytes);
  }
  return text;
}

}  // namespace sluice
