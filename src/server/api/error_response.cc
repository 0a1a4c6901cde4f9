#include "server/api/error_response.h"

#include <array>

#include "protocol/ndjson_writer.h"

namespace sluice::api {
namespace {

constexpr std::string_view kJson = "application/json; charset=utf-8";

// Clients repeat a request after any 5xx for a minute and more, so that status is kept for what may
// pass. Damage that lasts is a 400.
constexpr std::array<ErrorShape, 14> kShapes = {{
    {400, "INVALID_PARAMETER_VALUE", ""},  // kInvalidArgument
    {400, "MALFORMED_REQUEST", ""},        // kMalformed
    {401, "UNAUTHENTICATED", ""},          // kUnauthenticated
    {403, "PERMISSION_DENIED", ""},        // kPermissionDenied
    {404, "RESOURCE_DOES_NOT_EXIST", ""},  // kNotFound
    {409, "RESOURCE_ALREADY_EXISTS", ""},  // kAlreadyExists
    {400, "UNSUPPORTED_OPERATION", ""},    // kUnsupported
    {400, "RESOURCE_DOES_NOT_EXIST",
     "data of this table is missing or refused; the provider has to look into it"},  // kDataMissing
    {400, "RESOURCE_DOES_NOT_EXIST",
     "this table is damaged; the provider has to look into it"},        // kCorrupt
    {413, "REQUEST_TOO_LARGE", ""},                                     // kTooLarge
    {503, "TEMPORARILY_UNAVAILABLE", "this took too long; try again"},  // kTimeout
    {503, "TEMPORARILY_UNAVAILABLE",
     "storage, or another service behind this one, does not answer; try again"},
    {503, "TEMPORARILY_UNAVAILABLE", "the request was given up"},                    // kCancelled
    {500, "INTERNAL_ERROR", "the server failed; the provider has to look into it"},  // kInternal
}};
static_assert(static_cast<std::size_t>(ErrorKind::kInternal) + 1 == kShapes.size());

std::string_view CodeOf(int status) {
  switch (status) {
    case 404:
      return "RESOURCE_DOES_NOT_EXIST";
    case 405:
      return "METHOD_NOT_ALLOWED";
    case 408:
      return "REQUEST_TIMEOUT";
    case 413:
    case 414:
    case 431:
      return "REQUEST_TOO_LARGE";
    case 415:
      return "UNSUPPORTED_OPERATION";
    case 416:
      return "INVALID_PARAMETER_VALUE";
    case 429:
      return "TOO_MANY_REQUESTS";
    case 500:
      return "INTERNAL_ERROR";
    case 505:
      return "UNSUPPORTED_OPERATION";
    case 503:
      return "TEMPORARILY_UNAVAILABLE";
    default:
      return "MALFORMED_REQUEST";
  }
}

http::Response JsonError(int status, std::string_view code, std::string_view message) {
  http::Response response;
  response.head.status = status;
  response.head.content_type = kJson;
  response.body = protocol::FormatError(code, message);
  return response;
}

}  // namespace

const ErrorShape& ShapeOf(ErrorKind kind) {
  return kShapes.at(static_cast<std::size_t>(kind));
}

std::string PublicMessage(const Error& error, std::string_view request_id) {
  const ErrorShape& shape = ShapeOf(error.kind);
  if (shape.instead.empty()) return error.message;
  return fmt::format("{} (request {})", shape.instead, request_id);
}

http::Response ErrorResponse(const Error& error, std::string_view request_id) {
  const ErrorShape& shape = ShapeOf(error.kind);
  http::Response response = JsonError(shape.status, shape.code, PublicMessage(error, request_id));
  if (shape.status == 401) {
    response.head.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"delta-sharing\"");
  }
  if (shape.status == 503) response.head.headers.emplace_back("Retry-After", "1");
  return response;
}

http::Response StatusResponse(int status, std::string_view message) {
  http::Response response = JsonError(status, CodeOf(status), message);
  if (status == 429) response.head.headers.emplace_back("Retry-After", "1");
  return response;
}

http::Response TooManyRequests(std::string_view message, std::int64_t retry_after_s) {
  http::Response response = JsonError(429, CodeOf(429), message);
  response.head.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
  return response;
}

Error OfStore(Error error, std::string_view place) {
  switch (error.kind) {
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kUnsupported:
    case ErrorKind::kUnauthenticated:
      error.kind = ErrorKind::kDataMissing;
      break;
    default:
      break;
  }
  return OfTable(std::move(error), place);
}

Error OfTable(Error error, std::string_view place) {
  switch (error.kind) {
    case ErrorKind::kNotFound:
    case ErrorKind::kPermissionDenied:
      error.kind = ErrorKind::kDataMissing;
      break;
    case ErrorKind::kMalformed:
    case ErrorKind::kTooLarge:
      error.kind = ErrorKind::kCorrupt;
      break;
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kUnsupported:
      // Shown to recipients, who need not know where the table lies.
      for (auto at = error.message.find(place); at != std::string::npos && !place.empty();
           at = error.message.find(place)) {
        error.message.replace(at, place.size(), "the table");
      }
      return error;
    default:
      break;
  }
  return error.message.find(place) == std::string::npos ? error.At(place) : error;
}

}  // namespace sluice::api
