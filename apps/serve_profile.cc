#include "serve_profile.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/uri.h"

namespace sluice::apps {
namespace {

namespace fs = std::filesystem;

Error FromErrno(int code, const fs::path& path) {
  ErrorKind kind = ErrorKind::kUnavailable;
  if (code == ENOENT || code == ENOTDIR) kind = ErrorKind::kNotFound;
  if (code == EACCES || code == EPERM || code == EROFS) kind = ErrorKind::kPermissionDenied;
  return {kind, fmt::format("cannot write profile '{}': {}", path.string(),
                            std::generic_category().message(code))};
}

bool SameServer(std::string_view a, std::string_view b) {
  const auto first = ParseUri(a);
  const auto second = ParseUri(b);
  return first && second && first->host == second->host && first->path == second->path;
}

Status WriteAll(int descriptor, std::string_view text, const fs::path& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Fail(FromErrno(errno, path));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Status CheckProfilePath(const fs::path& path, std::string_view endpoint) {
  std::error_code ignored;
  const auto type = fs::symlink_status(path, ignored).type();
  if (type == fs::file_type::not_found || type == fs::file_type::none) return {};
  if (type != fs::file_type::regular) {
    return Fail(ErrorKind::kAlreadyExists, "'{}' is there and is no file; name another --profile",
                path.string());
  }
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto existing = protocol::ParseProfile(text);
  if (existing && !SameServer(existing->endpoint, endpoint)) {
    return Fail(ErrorKind::kAlreadyExists,
                "'{}' is a profile for {}; move it away, or name another --profile", path.string(),
                existing->endpoint);
  }
  return {};
}

Status WriteProfile(const fs::path& path, const protocol::Profile& profile) {
  SLUICE_RETURN_IF_ERROR(CheckProfilePath(path, profile.endpoint));
  fs::path temporary = path;
  temporary += ".tmp-" + HexEncode(RandomBytes(6));
  const int descriptor =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return Fail(FromErrno(errno, path));
  auto written = WriteAll(descriptor, protocol::FormatProfile(profile) + "\n", path);
  if (written && ::fsync(descriptor) != 0) written = Fail(FromErrno(errno, path));
  ::close(descriptor);
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) {
    written = Fail(FromErrno(errno, path));
  }
  if (!written) ::unlink(temporary.c_str());
  return written;
}

}  // namespace sluice::apps
