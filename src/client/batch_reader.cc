// AsRecordBatchReader, declared in scan.h.
#include <arrow/status.h>

#include <exception>

#include "client/scan.h"

namespace sluice::client {
namespace {

arrow::StatusCode CodeOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidArgument:
      return arrow::StatusCode::Invalid;
    case ErrorKind::kUnsupported:
      return arrow::StatusCode::NotImplemented;
    case ErrorKind::kCancelled:
      return arrow::StatusCode::Cancelled;
    case ErrorKind::kTooLarge:
      return arrow::StatusCode::CapacityError;
    case ErrorKind::kInternal:
      return arrow::StatusCode::UnknownError;
    default:
      return arrow::StatusCode::IOError;
  }
}

class ScanReader : public arrow::RecordBatchReader {
 public:
  explicit ScanReader(std::shared_ptr<Scan> scan) : scan_(std::move(scan)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return scan_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    try {
      return ReadNextOrThrow(batch);
    } catch (const std::exception& error) {  // Callers in C must not see it.
      return arrow::Status::UnknownError("internal: ", error.what());
    }
  }

  arrow::Status Close() override {
    scan_->Cancel();
    return arrow::Status::OK();
  }

 private:
  arrow::Status ReadNextOrThrow(std::shared_ptr<arrow::RecordBatch>* batch) {
    auto next = scan_->Next();
    if (!next) {
      const Error& error = next.error();
      return arrow::Status(CodeOf(error.kind),
                           fmt::format("{}: {}", KindName(error.kind), error.message));
    }
    *batch = *std::move(next);
    return arrow::Status::OK();
  }

  const std::shared_ptr<Scan> scan_;
};

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> AsRecordBatchReader(std::shared_ptr<Scan> scan) {
  return std::make_shared<ScanReader>(std::move(scan));
}

}  // namespace sluice::client
