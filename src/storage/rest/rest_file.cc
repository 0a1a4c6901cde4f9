#include "storage/rest/rest_file.h"

#include <algorithm>
#include <cstring>

#include "base/arrow_status.h"

namespace sluice::storage {

RestFile::RestFile(std::shared_ptr<const RestClient> client, ObjectMeta meta, std::string etag)
    : client_(std::move(client)), meta_(std::move(meta)), etag_(std::move(etag)) {
  set_mode(arrow::io::FileMode::READ);
}

RestFile::~RestFile() = default;

arrow::Result<std::shared_ptr<arrow::Buffer>> RestFile::ReadAt(std::int64_t position,
                                                               std::int64_t size) {
  if (position < 0 || size < 0) {
    return arrow::Status::Invalid("a range of ", size, " bytes from ", position, " on");
  }
  const std::int64_t there = std::min(size, meta_.size - std::min(position, meta_.size));
  if (there == 0) return arrow::Buffer::FromString("");
  std::string etag;
  {
    const std::lock_guard lock(mutex_);
    etag = etag_;
  }
  auto answer = client_->GetRange(meta_.key, position, there, etag);
  if (!answer) return ToArrow(answer.error());
  if (etag.empty()) {
    const std::lock_guard lock(mutex_);
    const auto now = answer->Get("etag");
    if (!etag_.empty() && !now.empty() && etag_ != now) {
      return arrow::Status::IOError(meta_.key, " was replaced while it was read");
    }
    etag_ = now;
  }
  return arrow::Buffer::FromString(std::move(answer->body));
}

arrow::Result<std::int64_t> RestFile::ReadAt(std::int64_t position, std::int64_t size, void* out) {
  ARROW_ASSIGN_OR_RAISE(const auto buffer, ReadAt(position, size));
  std::memcpy(out, buffer->data(), static_cast<std::size_t>(buffer->size()));
  return buffer->size();
}

arrow::Result<std::shared_ptr<arrow::Buffer>> RestFile::Read(std::int64_t size) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, size));
  position_ += buffer->size();
  return buffer;
}

arrow::Result<std::int64_t> RestFile::Read(std::int64_t size, void* out) {
  ARROW_ASSIGN_OR_RAISE(const auto read, ReadAt(position_, size, out));
  position_ += read;
  return read;
}

arrow::Status RestFile::Seek(std::int64_t position) {
  if (position < 0) return arrow::Status::Invalid("a position of ", position);
  position_ = position;
  return arrow::Status::OK();
}

arrow::Status RestFile::Close() {
  closed_ = true;
  return arrow::Status::OK();
}

}  // namespace sluice::storage
