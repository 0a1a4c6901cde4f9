#include "serve_profile.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "base/uri.h"
#include "private_file.h"

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
  const auto error =
      WritePrivateFile(path, protocol::FormatProfile(profile) + "\n", WhenThere::kReplace);
  if (error) return Fail(FromErrno(error.value(), path));
  return {};
}

}  // namespace sluice::apps
