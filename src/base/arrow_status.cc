#include "base/arrow_status.h"

#include <arrow/util/io_util.h>

#include <cerrno>

namespace sluice {
namespace {

constexpr const char* kDetailId = "sluice::Error";

class ErrorDetail : public arrow::StatusDetail {
 public:
  explicit ErrorDetail(Error error) : error_(std::move(error)) {}
  const char* type_id() const override { return kDetailId; }
  std::string ToString() const override { return std::string(KindName(error_.kind)); }
  const Error& error() const { return error_; }

 private:
  const Error error_;
};

ErrorKind KindOfErrno(int code) {
  switch (code) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::kDataMissing;
    case EACCES:
    case EPERM:
      return ErrorKind::kPermissionDenied;
    default:
      return ErrorKind::kUnavailable;
  }
}

ErrorKind KindOf(const arrow::Status& status) {
  switch (status.code()) {
    case arrow::StatusCode::Invalid:
    case arrow::StatusCode::SerializationError:
    case arrow::StatusCode::TypeError:
    case arrow::StatusCode::IndexError:
      return ErrorKind::kCorrupt;
    case arrow::StatusCode::NotImplemented:
      return ErrorKind::kUnsupported;
    case arrow::StatusCode::KeyError:
      return ErrorKind::kDataMissing;
    case arrow::StatusCode::Cancelled:
      return ErrorKind::kCancelled;
    case arrow::StatusCode::OutOfMemory:
    case arrow::StatusCode::CapacityError:
      return ErrorKind::kTooLarge;
    case arrow::StatusCode::IOError:
      // Parquet reports undecodable bytes as I/O errors too; only the system's have a number.
      if (const int code = arrow::internal::ErrnoFromStatus(status); code != 0) {
        return KindOfErrno(code);
      }
      return status.detail() != nullptr ? ErrorKind::kUnavailable : ErrorKind::kCorrupt;
    default:
      return ErrorKind::kInternal;
  }
}

/// One line: Arrow joins causes with line breaks.
std::string OneLine(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

}  // namespace

Error FromArrow(const arrow::Status& status, std::string_view place) {
  if (status.detail() != nullptr && std::string_view(status.detail()->type_id()) == kDetailId) {
    return static_cast<const ErrorDetail&>(*status.detail()).error().At(place);
  }
  return Error{KindOf(status), OneLine(status.message())}.At(place);
}

arrow::Status ToArrow(const Error& error) {
  return {arrow::StatusCode::IOError, error.message, std::make_shared<ErrorDetail>(error)};
}

}  // namespace sluice
