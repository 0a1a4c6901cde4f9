// RangedFile: a remote file as Arrow's RandomAccessFile, of which ranges are kept in memory.
#pragma once

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"

namespace sluice::client {

/// Fetches [begin, begin + length), all of it or an error.
using RangeFetch =
    std::function<Result<std::shared_ptr<arrow::Buffer>>(std::int64_t begin, std::int64_t length)>;

struct FileRange {
  std::int64_t begin = 0;
  std::shared_ptr<arrow::Buffer> bytes;

  std::int64_t end() const { return begin + bytes->size(); }
};

/// Reads inside a kept range cost no copy; others are fetched as they are asked for. Not
/// thread-safe. Failures of RangeFetch come back from Arrow as statuses; `failure` has the Error.
class RangedFile : public arrow::io::RandomAccessFile {
 public:
  RangedFile(std::int64_t size, RangeFetch fetch) : size_(size), fetch_(std::move(fetch)) {}

  void Keep(FileRange range) { ranges_.push_back(std::move(range)); }
  /// What lies in one of the kept ranges; null where none has all of it.
  std::shared_ptr<arrow::Buffer> Kept(std::int64_t position, std::int64_t length) const;
  /// The first error of RangeFetch, if there was one.
  const std::optional<Error>& failure() const { return failure_; }

  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(std::int64_t position,
                                                       std::int64_t length) override;
  arrow::Result<std::int64_t> ReadAt(std::int64_t position, std::int64_t length,
                                     void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t length) override;
  arrow::Result<std::int64_t> Read(std::int64_t length, void* out) override;
  arrow::Result<std::int64_t> GetSize() override { return size_; }
  arrow::Result<std::int64_t> Tell() const override { return position_; }
  arrow::Status Seek(std::int64_t position) override;
  arrow::Status Close() override;
  bool closed() const override { return closed_; }

 private:
  const std::int64_t size_;
  const RangeFetch fetch_;
  std::vector<FileRange> ranges_;
  std::optional<Error> failure_;
  std::int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace sluice::client
