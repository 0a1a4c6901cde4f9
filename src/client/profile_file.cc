#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "client/client.h"

namespace sluice::client {
namespace {

constexpr std::size_t kMaxProfileBytes = std::size_t{1} << 20;

Error CannotOpen(const std::string& path, int number) {
  const ErrorKind kind = number == EACCES || number == EPERM     ? ErrorKind::kPermissionDenied
                         : number == ENOENT || number == ENOTDIR ? ErrorKind::kNotFound
                                                                 : ErrorKind::kUnavailable;
  return Error{kind, fmt::format("profile {}: {}", path, std::generic_category().message(number))};
}

}  // namespace

Result<protocol::Profile> ReadProfile(const std::string& path) {
  std::error_code none;
  if (std::filesystem::is_directory(path, none)) {
    return Fail(ErrorKind::kInvalidArgument,
                "profile {}: is a folder; a profile is a file, as 'sluice serve' writes one for "
                "the folder it shares",
                path);
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(CannotOpen(path, errno));
  std::string text(kMaxProfileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return Fail(CannotOpen(path, errno != 0 ? errno : EIO));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxProfileBytes) {
    return Fail(ErrorKind::kTooLarge, "profile {}: longer than {} bytes", path, kMaxProfileBytes);
  }
  auto profile = protocol::ParseProfile(text);
  if (!profile) return Fail(profile.error().At("profile " + path));
  return profile;
}

}  // namespace sluice::client
