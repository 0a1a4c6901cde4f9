#include "observe/access_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <system_error>
#include <thread>

#include "base/log.h"

namespace sluice::observe {
namespace {

constexpr std::size_t kMaxPendingBytes = 8 << 20;

/// The open end of a log: standard error, or a file that rotation may take away.
class Output {
 public:
  explicit Output(std::filesystem::path file) : file_(std::move(file)) {}
  ~Output() { Close(); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// 0 or the system's error number.
  int Open() {
    if (file_.empty()) {
      fd_ = STDERR_FILENO;
      return 0;
    }
    fd_ = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    return fd_ < 0 ? errno : 0;
  }

  int Write(std::string_view bytes) {
    if (WasTakenAway()) {
      Close();
      if (const int code = Open(); code != 0) return code;
    }
    while (!bytes.empty()) {
      const ssize_t count = ::write(fd_, bytes.data(), bytes.size());
      if (count < 0 && errno != EINTR) return errno;
      if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return 0;
  }

  std::string Name() const { return file_.empty() ? "standard error" : file_.string(); }

 private:
  bool WasTakenAway() const {
    if (file_.empty()) return false;
    struct stat named {};
    struct stat open {};
    return fd_ < 0 || ::stat(file_.c_str(), &named) != 0 || ::fstat(fd_, &open) != 0 ||
           named.st_ino != open.st_ino || named.st_dev != open.st_dev;
  }
  void Close() {
    if (fd_ > STDERR_FILENO) ::close(fd_);
    fd_ = -1;
  }

  const std::filesystem::path file_;
  int fd_ = -1;
};

class AccessLog : public AccessSink {
 public:
  AccessLog(std::unique_ptr<Output> output, AccessFormat format)
      : format_(format), output_(std::move(output)), writer_([this] { Run(); }) {}

  ~AccessLog() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    writer_.join();
  }

  void Write(const AccessRecord& record) override {
    const std::string line = FormatAccessRecord(record, format_);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return pending_.size() < kMaxPendingBytes; });
    const bool was_idle = pending_.empty();
    pending_ += line;
    if (was_idle) changed_.notify_all();
  }

 private:
  void Run() {
    std::string batch;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
        if (pending_.empty()) return;
        batch.clear();
        batch.swap(pending_);
      }
      changed_.notify_all();
      Report(output_->Write(batch));
    }
  }

  /// Says once that lines are being lost, and once that they no longer are.
  void Report(int code) {
    if ((code != 0) == failing_) return;
    failing_ = code != 0;
    if (failing_) {
      spdlog::error("access log {}: {}; lines are being lost", output_->Name(),
                    std::generic_category().message(code));
    } else {
      spdlog::warn("access log {}: works again", output_->Name());
    }
  }

  const AccessFormat format_;
  const std::unique_ptr<Output> output_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string pending_;
  bool stopping_ = false;
  bool failing_ = false;  ///< Of the writer's thread alone.
  std::thread writer_;
};

}  // namespace

Result<std::unique_ptr<AccessSink>> OpenAccessLog(AccessLogOptions options) {
  auto output = std::make_unique<Output>(std::move(options.file));
  if (const int code = output->Open(); code != 0) {
    const ErrorKind kind = code == ENOENT || code == ENOTDIR ? ErrorKind::kNotFound
                           : code == EACCES || code == EPERM || code == EROFS
                               ? ErrorKind::kPermissionDenied
                               : ErrorKind::kUnavailable;
    return Fail(kind, "access log {}: {}", output->Name(), std::generic_category().message(code));
  }
  return std::make_unique<AccessLog>(std::move(output), options.format);
}

}  // namespace sluice::observe
