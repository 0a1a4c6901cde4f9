#include "observe/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace sluice::observe {
namespace {

namespace fs = std::filesystem;

fs::path PutAside(const fs::path& file, std::int64_t number) {
  return file.string() + "." + std::to_string(number);
}

/// When the file was made; not all file systems know.
std::chrono::system_clock::time_point BirthOf(int fd) {
  const auto now = std::chrono::system_clock::now();
  struct statx info {};
  if (::statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &info) != 0) return now;
  if ((info.stx_mask & STATX_BTIME) == 0) return now;
  return std::min(now, std::chrono::system_clock::from_time_t(info.stx_btime.tv_sec));
}

}  // namespace

std::string LogFile::Name() const {
  if (options_.file.empty()) return "standard error";
  return options_.file == "-" ? "standard output" : options_.file.string();
}

int LogFile::Open() {
  if (IsStream()) {
    fd_ = options_.file.empty() ? STDERR_FILENO : STDOUT_FILENO;
    return 0;
  }
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY;
  fd_ = ::open(options_.file.c_str(), kFlags, 0640);
  if (fd_ < 0) return errno;
  struct stat info {};
  bytes_ = ::fstat(fd_, &info) == 0 && S_ISREG(info.st_mode) ? info.st_size : 0;
  begun_ = BirthOf(fd_);
  return 0;
}

int LogFile::Write(std::string_view lines) {
  if (WasTakenAway()) {
    Close();
    if (const int code = Open(); code != 0) return code;
  }
  while (!lines.empty()) {
    const std::string_view part = Fitting(lines);
    if (IsDue(part.size())) {
      if (const int code = Rotate(); code != 0) return code;
    }
    if (const int code = WriteAll(part); code != 0) return code;
    lines.remove_prefix(part.size());
  }
  return 0;
}

std::string_view LogFile::Fitting(std::string_view lines) const {
  const std::int64_t left = options_.max_bytes - bytes_;
  if (IsStream() || options_.max_bytes == 0 || static_cast<std::int64_t>(lines.size()) <= left) {
    return lines;
  }
  std::size_t end =
      left > 0 ? lines.rfind('\n', static_cast<std::size_t>(left) - 1) : std::string_view::npos;
  if (end == std::string_view::npos) end = lines.find('\n');
  return lines.substr(0, end == std::string_view::npos ? end : end + 1);
}

int LogFile::WriteAll(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd_, text.data(), text.size());
    if (count < 0 && errno != EINTR) return errno;
    if (count <= 0) continue;
    text.remove_prefix(static_cast<std::size_t>(count));
    bytes_ += count;
  }
  return 0;
}

bool LogFile::WasTakenAway() const {
  if (IsStream()) return false;
  struct stat named {};
  struct stat open {};
  return fd_ < 0 || ::stat(options_.file.c_str(), &named) != 0 || ::fstat(fd_, &open) != 0 ||
         named.st_ino != open.st_ino || named.st_dev != open.st_dev;
}

bool LogFile::IsDue(std::size_t more) const {
  if (IsStream() || bytes_ == 0) return false;
  const bool large =
      options_.max_bytes > 0 && bytes_ + static_cast<std::int64_t>(more) > options_.max_bytes;
  const bool old =
      options_.max_age.count() > 0 && std::chrono::system_clock::now() - begun_ > options_.max_age;
  return large || old;
}

int LogFile::Rotate() {
  Close();
  std::error_code error;
  fs::remove(PutAside(options_.file, options_.max_files), error);
  for (std::int64_t number = options_.max_files - 1; number > 0; --number) {
    fs::rename(PutAside(options_.file, number), PutAside(options_.file, number + 1), error);
  }
  fs::rename(options_.file, PutAside(options_.file, 1), error);
  // Where that failed, the file goes on to grow: no line is lost.
  return Open();
}

void LogFile::Close() {
  if (fd_ > STDERR_FILENO) ::close(fd_);
  fd_ = -1;
}

}  // namespace sluice::observe
