// The lines of a commit's file, read a piece at a time: one commit may hold a million files.
#pragma once

#include <arrow/io/interfaces.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::delta {

/// Takes the text before the next LF, and the CR before that.
std::string_view TakeLine(std::string_view* text);

bool IsBlankLine(std::string_view line);

/// Bytes [begin, end) of a file.
struct ByteRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

struct CommitLine {
  std::int64_t offset = 0;  ///< Of its first byte in the file.
  std::string_view text;    ///< Without its end.
};

/// The lines that begin within a range of a file, however far the last of them reaches; ranges that
/// meet have no line in common and miss none. Holds a few MiB at most beside the current line.
class LineReader {
 public:
  LineReader(std::shared_ptr<arrow::io::RandomAccessFile> file, std::int64_t file_size,
             ByteRange range);

  /// Nothing after the last line. The text lives until the next call. Errors: kTooLarge for a line
  /// beyond 64 MiB, kDataMissing when the file has become shorter, kUnavailable.
  Result<std::optional<CommitLine>> Next();

 private:
  Result<std::optional<CommitLine>> NextFromHere();
  Status Fill();

  const std::shared_ptr<arrow::io::RandomAccessFile> file_;
  const std::int64_t file_size_;
  const std::int64_t end_;
  std::string buffer_;
  std::int64_t buffer_begin_;   ///< Offset of the buffer's first byte in the file.
  std::size_t used_ = 0;        ///< Bytes of the buffer that were handed out.
  std::size_t searched_ = 0;    ///< Bytes of the buffer without a line's end.
  bool inside_a_line_ = false;  ///< The range may begin within a line, which belongs to another.
};

}  // namespace sluice::delta
