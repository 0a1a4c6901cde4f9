#include "client/file_fetcher.h"

#include "base/uri.h"

namespace sluice::client {
namespace {

/// The text of a refusal may be longer than the range asked for.
constexpr std::int64_t kMaxRefusalBytes = 64 << 10;

/// Statuses with which stores refuse a URL that has expired: S3 says 400 for an expired token.
bool MayHaveExpired(int status) {
  return status == 400 || status == 401 || status == 403;
}

Status CheckUrl(std::string_view url) {
  SLUICE_TRY(const Uri uri, ParseUri(url));
  if (uri.scheme != "http" && uri.scheme != "https") {
    return Fail(ErrorKind::kUnsupported, "its URL begins with {}://, not with https://",
                uri.scheme);
  }
  return {};
}

Error ErrorOfStore(int status) {
  switch (status) {
    case 404:
    case 410:
      return {ErrorKind::kDataMissing, fmt::format("the store answers {}: it is gone", status)};
    case 416:
      return {ErrorKind::kCorrupt, "the store holds fewer bytes than the table says"};
    case 400:
    case 401:
    case 403:
      return {ErrorKind::kPermissionDenied,
              fmt::format("the store refuses its URL with {}, a renewed one too", status)};
    default:
      return {ErrorKind::kUnavailable, fmt::format("the store answers {}", status)};
  }
}

}  // namespace

Result<std::shared_ptr<arrow::Buffer>> FileFetcher::Data(std::int64_t begin,
                                                         std::int64_t length) const {
  return Fetch(&FileUrls::data, begin, length);
}

Result<std::shared_ptr<arrow::Buffer>> FileFetcher::DeletionVector(std::int64_t begin,
                                                                   std::int64_t length) const {
  auto buffer = Fetch(&FileUrls::deletion_vector, begin, length);
  if (!buffer) return Fail(buffer.error().At("deletion vector"));
  return buffer;
}

Result<std::shared_ptr<arrow::Buffer>> FileFetcher::Fetch(std::string FileUrls::*which,
                                                          std::int64_t begin,
                                                          std::int64_t length) const {
  SLUICE_TRY(FileUrls urls, context_.urls->GetFresh(key_));
  net::HttpRequest request;
  request.range = {begin, begin + length - 1};
  request.max_body_bytes = std::max(length, kMaxRefusalBytes);
  for (bool renewed = false;; renewed = true) {
    request.url = urls.*which;
    SLUICE_RETURN_IF_ERROR(CheckUrl(request.url));
    SLUICE_TRY(net::HttpResponse response, context_.http->Send(request, context_.cancelled));
    if (response.status >= 200 && response.status < 300) {
      if (static_cast<std::int64_t>(response.body.size()) != length) {
        return Fail(ErrorKind::kCorrupt, "the store gives {} bytes for {}", response.body.size(),
                    length);
      }
      context_.bytes_read->fetch_add(length, std::memory_order_relaxed);
      return arrow::Buffer::FromString(std::move(response.body));
    }
    if (renewed || !MayHaveExpired(response.status)) return Fail(ErrorOfStore(response.status));
    SLUICE_TRY(urls, context_.urls->Renew(key_, urls.generation));
  }
}

}  // namespace sluice::client
