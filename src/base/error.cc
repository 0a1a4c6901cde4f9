#include "base/error.h"

namespace sluice {

std::string_view KindName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidArgument:
      return "invalid_argument";
    case ErrorKind::kMalformed:
      return "malformed";
    case ErrorKind::kUnauthenticated:
      return "unauthenticated";
    case ErrorKind::kPermissionDenied:
      return "permission_denied";
    case ErrorKind::kNotFound:
      return "not_found";
    case ErrorKind::kAlreadyExists:
      return "already_exists";
    case ErrorKind::kUnsupported:
      return "unsupported";
    case ErrorKind::kDataMissing:
      return "data_missing";
    case ErrorKind::kCorrupt:
      return "corrupt";
    case ErrorKind::kTooLarge:
      return "too_large";
    case ErrorKind::kTimeout:
      return "timeout";
    case ErrorKind::kUnavailable:
      return "unavailable";
    case ErrorKind::kCancelled:
      return "cancelled";
    case ErrorKind::kInternal:
      return "internal";
  }
  return "internal";
}

Error Error::At(std::string_view place) const {
  std::string text;
  text.reserve(place.size() + 2 + message.size());
  text.append(place).append(": ").append(message);
  return Error{kind, std::move(text), request_id};
}

}  // namespace sluice
