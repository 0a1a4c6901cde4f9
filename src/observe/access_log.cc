#include "observe/access_log.h"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <system_error>
#include <thread>

#include "base/log.h"

namespace sluice::observe {
namespace {

constexpr std::size_t kMaxPendingBytes = 8 << 20;
/// Lines are written together: a thread that is woken for each costs more than the line.
constexpr std::chrono::milliseconds kGatherTime{5};
constexpr std::size_t kGatherBytes = 1 << 20;

class AccessLog : public AccessSink {
 public:
  AccessLog(std::unique_ptr<LogFile> output, AccessFormat format)
      : format_(format), output_(std::move(output)), writer_([this] { Run(); }) {}

  ~AccessLog() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    more_.notify_all();
    writer_.join();
  }

  void Write(const AccessRecord& record) override {
    const std::string line = FormatAccessRecord(record, format_);
    std::unique_lock lock(mutex_);
    less_.wait(lock, [this] { return pending_.size() < kMaxPendingBytes; });
    const std::size_t before = pending_.size();
    pending_ += line;
    const bool due = before == 0 || (before < kGatherBytes && pending_.size() >= kGatherBytes);
    lock.unlock();
    if (due) more_.notify_one();
  }

 private:
  void Run() {
    std::string batch;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        more_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
        more_.wait_for(lock, kGatherTime,
                       [this] { return stopping_ || pending_.size() >= kGatherBytes; });
        if (pending_.empty()) return;
        batch.clear();
        batch.swap(pending_);
      }
      less_.notify_all();
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
  const std::unique_ptr<LogFile> output_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::condition_variable less_;
  std::string pending_;
  bool stopping_ = false;
  bool failing_ = false;  ///< Of the writer's thread alone.
  std::thread writer_;
};

}  // namespace

Result<std::unique_ptr<AccessSink>> OpenAccessLog(AccessLogOptions options) {
  auto output = std::make_unique<LogFile>(std::move(options.output));
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
