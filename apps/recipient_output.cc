#include "recipient_output.h"

#include <arrow/status.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace sluice::apps {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;

bool IsRegularOrAbsent(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode);
}

}  // namespace

DescriptorStream::DescriptorStream(int descriptor, bool owned)
    : descriptor_(descriptor), owned_(owned) {
  buffer_.reserve(kBufferBytes);
}

DescriptorStream::~DescriptorStream() {
  if (owned_ && descriptor_ >= 0) ::close(descriptor_);
}

arrow::Status DescriptorStream::WriteAll(const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor_, data, size);
    if (written < 0) {
      if (errno == EINTR) continue;
      reader_gone_ = reader_gone_ || errno == EPIPE;
      return arrow::Status::IOError(std::strerror(errno));
    }
    data += written;
    size -= static_cast<std::size_t>(written);
  }
  return arrow::Status::OK();
}

arrow::Status DescriptorStream::Write(const void* data, std::int64_t size) {
  const auto* bytes = static_cast<const char*>(data);
  position_ += size;
  if (buffer_.size() + static_cast<std::size_t>(size) > kBufferBytes) ARROW_RETURN_NOT_OK(Flush());
  if (static_cast<std::size_t>(size) >= kBufferBytes) {
    return WriteAll(bytes, static_cast<std::size_t>(size));
  }
  buffer_.append(bytes, static_cast<std::size_t>(size));
  return arrow::Status::OK();
}

arrow::Status DescriptorStream::Flush() {
  const arrow::Status status = WriteAll(buffer_.data(), buffer_.size());
  buffer_.clear();
  return status;
}

arrow::Status DescriptorStream::Close() {
  if (closed()) return arrow::Status::OK();
  arrow::Status status = Flush();
  // A full disk may show only here.
  if (owned_ && ::close(descriptor_) != 0 && status.ok()) {
    status = arrow::Status::IOError(std::strerror(errno));
  }
  descriptor_ = -1;
  return status;
}

void Output::Use(int descriptor, bool owned) {
  struct stat info {};
  const bool known = ::fstat(descriptor, &info) == 0;
  stream_ = std::make_unique<DescriptorStream>(descriptor, owned);
  on_terminal_ = ::isatty(descriptor) == 1;
  out_of_sight_ = !on_terminal_ && known && !S_ISFIFO(info.st_mode) && !S_ISSOCK(info.st_mode);
}

Result<std::unique_ptr<Output>> Output::Open(const std::string& path) {
  std::unique_ptr<Output> output(new Output);
  if (path.empty() || path == "-") {
    output->path_ = "standard output";
    output->Use(STDOUT_FILENO, false);
    return output;
  }
  output->path_ = path;
  std::string name = path;
  int flags = O_WRONLY | O_CLOEXEC;
  if (IsRegularOrAbsent(path)) {
    name += ".partial-" + std::to_string(::getpid());
    output->temporary_ = name;
    flags |= O_CREAT | O_TRUNC;
  }
  const int descriptor = ::open(name.c_str(), flags, 0666);
  if (descriptor < 0) {
    const int error = errno;
    output->temporary_.clear();
    return Fail(ErrorKind::kInvalidArgument, "cannot write {}: {}", path, std::strerror(error));
  }
  output->Use(descriptor, true);
  return output;
}

Output::~Output() {
  Abandon();
}

void Output::Abandon() const {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Status Output::Commit() {
  if (const arrow::Status status = stream_->Close(); !status.ok()) {
    return Fail(ErrorKind::kUnavailable, "cannot write {}: {}", path_, status.message());
  }
  if (!temporary_.empty()) {
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) {
      return Fail(ErrorKind::kUnavailable, "cannot write {}: {}", path_, std::strerror(errno));
    }
    temporary_.clear();
  }
  return {};
}

}  // namespace sluice::apps
