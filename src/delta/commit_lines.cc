#include "delta/commit_lines.h"

#include <algorithm>

#include "base/arrow_status.h"

namespace sluice::delta {
namespace {

constexpr std::size_t kMaxLineBytes = std::size_t{64} << 20;
constexpr std::int64_t kMinRead = std::int64_t{64} << 10;
constexpr std::int64_t kMaxRead = std::int64_t{1} << 20;

}  // namespace

std::string_view TakeLine(std::string_view* text) {
  const auto end = text->find('\n');
  auto line = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool IsBlankLine(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

LineReader::LineReader(std::shared_ptr<arrow::io::RandomAccessFile> file, std::int64_t file_size,
                       ByteRange range)
    : file_(std::move(file)),
      file_size_(file_size),
      end_(std::min(range.end, file_size)),
      // From the byte before the range, what comes up to the next LF is the rest of another line,
      // if only its LF.
      buffer_begin_(std::max<std::int64_t>(range.begin - 1, 0)),
      inside_a_line_(range.begin > 0) {}

Result<std::optional<CommitLine>> LineReader::Next() {
  if (inside_a_line_) {
    inside_a_line_ = false;
    SLUICE_TRY(const auto rest, NextFromHere());
    if (!rest) return std::nullopt;
  }
  return NextFromHere();
}

Result<std::optional<CommitLine>> LineReader::NextFromHere() {
  const std::int64_t offset = buffer_begin_ + static_cast<std::int64_t>(used_);
  if (offset >= end_) return std::nullopt;
  for (;;) {
    std::string_view rest(buffer_);
    const auto line_end = rest.find('\n', searched_);
    const bool at_end = buffer_begin_ + static_cast<std::int64_t>(buffer_.size()) >= file_size_;
    if (line_end != std::string_view::npos || at_end) {
      rest =
          rest.substr(used_, line_end == std::string_view::npos ? line_end : line_end - used_ + 1);
      used_ += rest.size();
      searched_ = used_;
      return CommitLine{offset, TakeLine(&rest)};
    }
    searched_ = buffer_.size();
    SLUICE_RETURN_IF_ERROR(Fill());
  }
}

Status LineReader::Fill() {
  if (buffer_.size() - used_ > kMaxLineBytes) {
    return Fail(ErrorKind::kTooLarge, "a line of more than {} bytes", kMaxLineBytes);
  }
  buffer_.erase(0, used_);
  buffer_begin_ += static_cast<std::int64_t>(used_);
  searched_ -= used_;
  used_ = 0;
  const std::size_t had = buffer_.size();
  const std::int64_t position = buffer_begin_ + static_cast<std::int64_t>(had);
  const std::int64_t wanted =
      std::min(std::clamp(end_ - position, kMinRead, kMaxRead), file_size_ - position);
  buffer_.resize(had + static_cast<std::size_t>(wanted));
  SLUICE_TRY(const std::int64_t read,
             FromArrow(file_->ReadAt(position, wanted, buffer_.data() + had), "commit"));
  if (read != wanted) return Fail(ErrorKind::kDataMissing, "the file has become shorter");
  return {};
}

}  // namespace sluice::delta
