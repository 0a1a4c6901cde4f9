// The progress line of a scan, for a person at a terminal.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "client/scan.h"

namespace sluice::apps {

/// "1.5 GB": decimal units, three digits at most.
std::string HumanBytes(double bytes);
/// "1,234,567".
std::string GroupedDigits(std::int64_t value);

/// One line of text for a terminal of `width` columns. `seconds` since the scan began.
std::string ProgressLine(const client::ScanProgress& progress, double seconds, int width);

/// Shows the line on standard error ten times a second until it is destroyed, then wipes it.
/// Does nothing unless standard error is a terminal and `wanted`.
class ProgressBar {
 public:
  ProgressBar(std::shared_ptr<client::Scan> scan, bool wanted);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

 private:
  void Run();

  std::shared_ptr<client::Scan> scan_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

/// Columns of the terminal behind `descriptor`; 0 when it is none.
int TerminalWidth(int descriptor);

}  // namespace sluice::apps
