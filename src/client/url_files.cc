#include "client/url_files.h"

#include <arrow/buffer.h>

#include <algorithm>

#include "base/arrow_status.h"
#include "base/uri.h"
#include "client/block_pool.h"

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

/// Whether the server gives URLs of the table's files.
Status CheckAccess(const TableInfo& table) {
  const auto& modes = table.metadata.access_modes;
  if (modes.empty() || std::find(modes.begin(), modes.end(), protocol::kUrlAccess) != modes.end()) {
    return {};
  }
  return Fail(ErrorKind::kUnsupported,
              "the table is shared by access to its folder only (accessModes has no 'url'): read "
              "it with the option access 'auto' or 'dir'");
}

}  // namespace

UrlFiles::UrlFiles(std::shared_ptr<const RestClient> rest, ListingRequest request, ListedAt at,
                   std::optional<GivenFiles> files)
    : rest_(std::move(rest)),
      is_cancelled_([this] { return cancelled_.load(std::memory_order_relaxed); }),
      listing_(rest_, std::move(request), std::move(at)),
      given_(std::move(files)),
      urls_([this](const UrlBook::FileSink& sink) {
        ListingSink again;
        again.on_file = sink;
        again.cancelled = is_cancelled_;
        return listing_.Repeat(again);
      }) {}

Status UrlFiles::List(const ListingSink& sink) {
  if (given_) return Give(*given_, sink);
  ListingSink checked = sink;
  checked.on_table = [&sink](const TableInfo& table) -> Status {
    SLUICE_RETURN_IF_ERROR(CheckAccess(table));
    return sink.on_table(table);
  };
  return listing_.Run(checked);
}

Result<std::shared_ptr<arrow::Buffer>> UrlFiles::Read(const FileRead& read) {
  auto bytes = Fetch(read);
  if (!bytes && read.what == FileRead::Of::kDeletionVector) {
    return Fail(bytes.error().At("deletion vector"));
  }
  return bytes;
}

Result<std::shared_ptr<arrow::Buffer>> UrlFiles::Fetch(const FileRead& read) {
  SLUICE_TRY(FileUrls urls, urls_.GetFresh(read.key));
  net::HttpRequest request;
  request.range = {read.begin, read.begin + read.length - 1};
  request.max_body_bytes = std::max(read.length, kMaxRefusalBytes);
  SLUICE_TRY(std::shared_ptr<arrow::Buffer> bytes,
             FromArrow(arrow::AllocateBuffer(read.length, ScanMemory()), "reading"));
  request.range_out = reinterpret_cast<char*>(bytes->mutable_data());
  for (bool renewed = false;; renewed = true) {
    request.url = read.what == FileRead::Of::kData ? urls.data : urls.deletion_vector;
    SLUICE_RETURN_IF_ERROR(CheckUrl(request.url));
    SLUICE_TRY(const net::HttpResponse response, rest_->http().Send(request, is_cancelled_));
    if (response.status >= 200 && response.status < 300) {
      return bytes;
    }
    if (renewed || !MayHaveExpired(response.status)) return Fail(ErrorOfStore(response.status));
    SLUICE_TRY(urls, urls_.Renew(read.key, urls.generation));
  }
}

}  // namespace sluice::client
