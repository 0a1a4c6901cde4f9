#include "recipient_progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace sluice::apps {
namespace {

constexpr int kBarColumns = 24;
constexpr std::chrono::milliseconds kPeriod{100};

std::string Bar(double share) {
  const int filled = std::clamp(static_cast<int>(share * kBarColumns), 0, kBarColumns);
  std::string out;
  for (int i = 0; i < kBarColumns; ++i) out += i < filled ? "█" : "░";
  return out;
}

}  // namespace

std::string HumanBytes(double bytes) {
  static constexpr std::array kUnits{"B", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < kUnits.size()) {
    bytes /= 1000;
    ++unit;
  }
  const int digits = unit == 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", bytes, digits, kUnits[unit]);
}

std::string GroupedDigits(std::int64_t value) {
  const std::string digits = std::to_string(value);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const bool between_digits = i > 0 && digits[i - 1] != '-';
    if (between_digits && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

std::string ProgressLine(const client::ScanProgress& progress, double seconds, int width) {
  // Files tell how far it is: bytes read can stay far below the total where columns are chosen.
  const double share = progress.files_listed == 0 ? 0
                                                  : static_cast<double>(progress.files_done) /
                                                        static_cast<double>(progress.files_listed);
  const double rate = seconds > 0 ? static_cast<double>(progress.bytes_read) / seconds : 0;
  std::string numbers =
      fmt::format("{}/{}{} files, {} rows, {} at {}/s", GroupedDigits(progress.files_done),
                  GroupedDigits(progress.files_listed), progress.listing_done ? "" : "+",
                  GroupedDigits(progress.rows),
                  HumanBytes(static_cast<double>(progress.bytes_read)), HumanBytes(rate));
  const auto room = static_cast<std::size_t>(std::max(1, width) - 1);
  if (numbers.size() + kBarColumns + 1 > room) {
    if (numbers.size() > room) numbers.resize(room);
    return numbers;
  }
  return Bar(share) + " " + numbers;
}

ProgressBar::ProgressBar(std::shared_ptr<client::Scan> scan, bool wanted) : scan_(std::move(scan)) {
  if (wanted && ::isatty(STDERR_FILENO) == 1) thread_ = std::thread([this] { Run(); });
}

ProgressBar::~ProgressBar() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    done_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void ProgressBar::Run() {
  const auto begin = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kPeriod, [this] { return done_; })) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    const std::string line =
        ProgressLine(scan_->Progress(), elapsed.count(), TerminalWidth(STDERR_FILENO));
    std::fprintf(stderr, "\r%s\x1b[K", line.c_str());
    std::fflush(stderr);
  }
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
}

int TerminalWidth(int descriptor) {
  if (::isatty(descriptor) != 1) return 0;
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace sluice::apps
