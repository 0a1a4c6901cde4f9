// An object of a store as a file that Arrow's readers pick ranges from.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "storage/rest/rest_client.h"

namespace sluice::storage {

/// One range of bytes is one request. ReadAt is thread-safe, as Arrow's readers want it. All bytes
/// are of one state of the object: where it is replaced meanwhile, reading fails.
class RestFile final : public arrow::io::RandomAccessFile {
 public:
  /// `etag` may be empty: then that of the first answer holds.
  RestFile(std::shared_ptr<const RestClient> client, ObjectMeta meta, std::string etag);
  ~RestFile() override;

  arrow::Result<std::int64_t> GetSize() override { return meta_.size; }
  arrow::Result<std::int64_t> ReadAt(std::int64_t position, std::int64_t size, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(std::int64_t position,
                                                       std::int64_t size) override;
  arrow::Result<std::int64_t> Read(std::int64_t size, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t size) override;
  arrow::Status Seek(std::int64_t position) override;
  arrow::Result<std::int64_t> Tell() const override { return position_; }
  arrow::Status Close() override;
  bool closed() const override { return closed_; }

 private:
  const std::shared_ptr<const RestClient> client_;
  const ObjectMeta meta_;
  std::mutex mutex_;
  std::string etag_;  ///< Guarded by mutex_.
  std::int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace sluice::storage
