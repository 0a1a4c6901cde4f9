// The open end of a log: a standard stream, or a file that is put aside when it is large or old.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace sluice::observe {

struct LogFileOptions {
  std::filesystem::path file;  ///< Empty: standard error; "-": standard output.
  /// A larger file, or one that was begun longer ago, is renamed to FILE.1, FILE.1 to FILE.2 and so
  /// on; 0: never.
  std::int64_t max_bytes = 0;
  std::chrono::seconds max_age{0};
  std::int64_t max_files = 10;  ///< Beside the one that is written; older ones are removed.
};

/// Not thread-safe. Files are made with mode 0640.
class LogFile {
 public:
  explicit LogFile(LogFileOptions options) : options_(std::move(options)) {}
  ~LogFile() { Close(); }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// 0 or the system's error number, as of Write.
  int Open();
  /// Whole lines, none of which is cut in two by a limit. A file that was moved away or removed is
  /// made anew.
  int Write(std::string_view lines);

  std::string Name() const;

 private:
  bool IsStream() const { return options_.file.empty() || options_.file == "-"; }
  bool WasTakenAway() const;
  bool IsDue(std::size_t more) const;
  /// Of the lines those that the file has room for, at least the first.
  std::string_view Fitting(std::string_view lines) const;
  int WriteAll(std::string_view text);
  int Rotate();
  void Close();

  const LogFileOptions options_;
  int fd_ = -1;
  std::int64_t bytes_ = 0;
  std::chrono::system_clock::time_point begun_;
};

}  // namespace sluice::observe
