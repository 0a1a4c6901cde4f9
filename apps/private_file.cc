#include "private_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/encoding.h"
#include "base/hash.h"

namespace sluice::apps {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSuffixBytes = 8;

std::error_code LastError() {
  return {errno, std::generic_category()};
}

std::error_code WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return LastError();
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(descriptor) == 0 ? std::error_code() : LastError();
}

std::error_code GiveName(const fs::path& from, const fs::path& to, WhenThere when) {
  if (when == WhenThere::kReplace) {
    return ::rename(from.c_str(), to.c_str()) == 0 ? std::error_code() : LastError();
  }
  std::error_code error;
  if (::link(from.c_str(), to.c_str()) != 0 && errno != EEXIST) error = LastError();
  ::unlink(from.c_str());
  return error;
}

}  // namespace

std::error_code WritePrivateFile(const fs::path& path, std::string_view bytes, WhenThere when) {
  fs::path temporary = path;
  temporary += ".tmp-" + HexEncode(RandomBytes(kSuffixBytes));
  const int descriptor =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return LastError();
  std::error_code error = WriteAll(descriptor, bytes);
  ::close(descriptor);
  if (!error) error = GiveName(temporary, path, when);
  if (error) ::unlink(temporary.c_str());
  return error;
}

}  // namespace sluice::apps
