#include "base/arrow_status.h"

namespace sluice {
namespace {

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
  return Error{KindOf(status), OneLine(status.message())}.At(place);
}

}  // namespace sluice
