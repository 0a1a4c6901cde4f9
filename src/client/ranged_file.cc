#include "client/ranged_file.h"

#include <cstring>

namespace sluice::client {

std::shared_ptr<arrow::Buffer> RangedFile::Kept(std::int64_t position, std::int64_t length) const {
  if (position < 0 || length < 0) return nullptr;
  for (const FileRange& range : ranges_) {
    if (range.begin <= position && length <= range.end() - position) {
      return arrow::SliceBuffer(range.bytes, position - range.begin, length);
    }
  }
  return nullptr;
}

arrow::Result<std::shared_ptr<arrow::Buffer>> RangedFile::ReadAt(std::int64_t position,
                                                                 std::int64_t length) {
  if (position < 0 || length < 0 || position > size_) {
    return arrow::Status::Invalid("no bytes at ", position, " in a file of ", size_);
  }
  length = std::min(length, size_ - position);
  if (length == 0) return arrow::Buffer::FromString({});
  if (auto kept = Kept(position, length)) return kept;
  auto fetched = fetch_(position, length);
  if (fetched) return *std::move(fetched);
  if (!failure_) failure_ = fetched.error();
  return arrow::Status::IOError(fetched.error().message);
}

arrow::Result<std::int64_t> RangedFile::ReadAt(std::int64_t position, std::int64_t length,
                                               void* out) {
  ARROW_ASSIGN_OR_RAISE(const auto buffer, ReadAt(position, length));
  if (buffer->size() > 0) {
    std::memcpy(out, buffer->data(), static_cast<std::size_t>(buffer->size()));
  }
  return buffer->size();
}

arrow::Result<std::shared_ptr<arrow::Buffer>> RangedFile::Read(std::int64_t length) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, length));
  position_ += buffer->size();
  return buffer;
}

arrow::Result<std::int64_t> RangedFile::Read(std::int64_t length, void* out) {
  ARROW_ASSIGN_OR_RAISE(const std::int64_t read, ReadAt(position_, length, out));
  position_ += read;
  return read;
}

arrow::Status RangedFile::Seek(std::int64_t position) {
  if (position < 0 || position > size_) {
    return arrow::Status::Invalid("no byte ", position, " in a file of ", size_);
  }
  position_ = position;
  return arrow::Status::OK();
}

arrow::Status RangedFile::Close() {
  closed_ = true;
  return arrow::Status::OK();
}

}  // namespace sluice::client
