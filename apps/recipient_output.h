// Where a command writes its result: standard output, or a file that appears whole or not at all.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace sluice::apps {

/// A buffered stream over a file descriptor. Not thread-safe.
class DescriptorStream : public arrow::io::OutputStream {
 public:
  /// With `owned` the descriptor is closed at the end.
  DescriptorStream(int descriptor, bool owned);
  ~DescriptorStream() override;

  arrow::Status Write(const void* data, std::int64_t size) override;
  using arrow::io::OutputStream::Write;
  arrow::Status Flush() override;
  arrow::Status Close() override;
  bool closed() const override { return descriptor_ < 0; }
  arrow::Result<std::int64_t> Tell() const override { return position_; }

  /// True once the reader of a pipe has gone away.
  bool reader_gone() const { return reader_gone_; }

 private:
  arrow::Status WriteAll(const char* data, std::size_t size);

  int descriptor_;
  bool owned_;
  bool reader_gone_ = false;
  std::int64_t position_ = 0;
  std::string buffer_;
};

/// The result of one command. Until Commit() a file has a name of its own beside the one wanted and
/// is removed when the Output goes away; what is no regular file is written in place.
class Output {
 public:
  /// An empty path or "-" is standard output. Errors: kInvalidArgument naming the path.
  static Result<std::unique_ptr<Output>> Open(const std::string& path);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  DescriptorStream* stream() { return stream_.get(); }
  /// Flushes, and gives the file its name. Errors: kUnavailable naming the path.
  Status Commit();
  /// The result goes to a person's screen.
  bool on_terminal() const { return on_terminal_; }
  /// The result goes neither to a screen nor into a pipe, whose other end may be one: a line that
  /// is redrawn would run through the rows.
  bool out_of_sight() const { return out_of_sight_; }
  /// For a handler of signals, from any thread: removes the unfinished file.
  void Abandon() const;

 private:
  Output() = default;
  void Use(int descriptor, bool owned);

  std::string path_;       ///< As wanted; "standard output".
  std::string temporary_;  ///< Empty when written in place.
  bool on_terminal_ = false;
  bool out_of_sight_ = false;
  std::unique_ptr<DescriptorStream> stream_;
};

}  // namespace sluice::apps
