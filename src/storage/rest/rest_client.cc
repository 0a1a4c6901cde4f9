#include "storage/rest/rest_client.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/clock.h"
#include "base/encoding.h"

namespace sluice::storage {
namespace {

constexpr std::size_t kMaxStoreText = 300;  ///< Of what a store says, in a message.
constexpr std::int64_t kMaxListingBytes = std::int64_t{64} << 20;

Result<std::int64_t> ContentLength(const net::HttpResponse& answer) {
  const auto text = answer.Get("content-length");
  std::int64_t size = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), size);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || size < 0) {
    return Fail(ErrorKind::kUnavailable, "answered without a size");
  }
  return size;
}

}  // namespace

RestClient::RestClient(RestStoreOptions options)
    : options_(std::move(options)), prefix_(FolderPrefix(options_.location.folder)) {}

std::string RestClient::Place(std::string_view key) const {
  const std::string folder = options_.location.Text();
  return key.empty() ? folder : folder + "/" + std::string(key);
}

tl::unexpected<Error> RestClient::Refused(const net::HttpRequest& request, std::string_view key,
                                          const net::HttpResponse& answer,
                                          const Refusal& refusal) const {
  std::string said = refusal.code.empty() ? "" : " " + refusal.code;
  if (!refusal.message.empty()) said += ": " + refusal.message;
  Error error;
  error.message = fmt::format("{}: {} was answered {}{}", Place(key), request.method, answer.status,
                              Printable(said, kMaxStoreText));
  error.kind = ErrorKind::kPermissionDenied;
  if (answer.status == 404 && !refusal.no_container) error.kind = ErrorKind::kNotFound;
  if (refusal.maybe_missing && !key.empty() && ListsNo(key)) error.kind = ErrorKind::kNotFound;
  if (answer.status == 412 || answer.status == 429 || answer.status >= 500) {
    error.kind = ErrorKind::kUnavailable;
  }
  if (answer.status == 416) {
    error.kind = ErrorKind::kCorrupt;
    error.message += "; it is shorter than was said";
  }
  if (answer.status == 412) error.message += "; it was replaced while it was read";
  return Fail(std::move(error));
}

bool RestClient::ListsNo(std::string_view key) const {
  ListQuery query;
  query.prefix = NameOf(key);
  const auto page = List(query);
  if (!page) return false;
  const bool there = std::any_of(page->objects.begin(), page->objects.end(),
                                 [&](const ObjectMeta& meta) { return meta.key == query.prefix; });
  // It would be the first of all with the prefix.
  return !there && (page->next.empty() || !page->objects.empty());
}

Result<net::HttpResponse> RestClient::Send(const net::HttpRequest& request,
                                           std::string_view key) const {
  const auto located = [&](Error error) { return Fail(error.At(Place(key))); };
  for (bool again = false;; again = true) {
    net::HttpRequest authorized = request;
    if (auto done = options_.dialect->Authorize(&authorized); !done) return located(done.error());
    auto answer = options_.http->Send(authorized);
    if (!answer) return located(std::move(answer).error());
    if (answer->status >= 200 && answer->status <= 299) return answer;
    const Refusal refusal = options_.dialect->ReadRefusal(*answer);
    if (again || !refusal.stale) return Refused(request, key, *answer, refusal);
    options_.dialect->Learn(*answer);
  }
}

Result<net::HttpResponse> RestClient::SendFor(net::HttpRequest request,
                                              std::string_view key) const {
  request.plain = true;
  SLUICE_TRY(auto answer, Send(request, key));
  if (options_.dialect->IsFolder(answer)) {
    return Fail(ErrorKind::kNotFound, "{}: this is a folder", Place(key));
  }
  return answer;
}

Result<net::HttpResponse> RestClient::Get(std::string_view key, std::int64_t max_bytes) const {
  SLUICE_RETURN_IF_ERROR(CheckKey(key));
  auto request = options_.dialect->ForObject("GET", NameOf(key));
  request.max_body_bytes = max_bytes;
  return SendFor(std::move(request), key);
}

Result<net::HttpResponse> RestClient::GetRange(std::string_view key, std::int64_t offset,
                                               std::int64_t size, std::string_view etag) const {
  SLUICE_RETURN_IF_ERROR(CheckKey(key));
  auto request = options_.dialect->ForObject("GET", NameOf(key));
  request.max_body_bytes = size;
  request.range = std::pair(offset, offset + size - 1);
  if (!etag.empty()) request.headers.emplace_back("If-Match", etag);
  return SendFor(std::move(request), key);
}

Result<ObjectMeta> RestClient::Head(std::string_view key, std::string* etag) const {
  SLUICE_RETURN_IF_ERROR(CheckKey(key));
  const auto answer = SendFor(options_.dialect->ForObject("HEAD", NameOf(key)), key);
  if (!answer && answer.error().kind == ErrorKind::kPermissionDenied) {
    // That answer has no body to say why; the one to GET has.
    const auto said = GetRange(key, 0, 1, "");
    const bool refused = !said && said.error().kind == ErrorKind::kPermissionDenied;
    return Fail(refused ? said.error() : answer.error());
  }
  if (!answer) return Fail(answer.error());
  const auto size = ContentLength(*answer);
  if (!size) return Fail(size.error().At(Place(key)));
  *etag = std::string(answer->Get("etag"));
  const auto modified = ParseHttpDate(answer->Get("last-modified"));
  return ObjectMeta{std::string(key), *size, modified.value_or(0) * 1000};
}

Result<ListPage> RestClient::List(const ListQuery& query) const {
  auto request = options_.dialect->ForListing(query);
  request.max_body_bytes = kMaxListingBytes;
  SLUICE_TRY(const auto answer, Send(request, ""));
  auto page = options_.dialect->ReadListing(answer.body);
  if (!page) return Fail(page.error().At(Place("")));
  return page;
}

}  // namespace sluice::storage
