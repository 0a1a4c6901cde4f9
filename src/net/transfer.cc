#include "net/transfer.h"

#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>

#include "base/ascii.h"
#include "net/retry.h"

namespace sluice::net {
namespace {

constexpr long kMaxRedirects = 5;
constexpr long kBufferBytes = 256 << 10;
constexpr std::int64_t kCancelCheckMs = 20;
constexpr std::int64_t kLongestPollMs = 1000;
constexpr std::size_t kMaxHeaders = 256;
constexpr std::int64_t kLeastMove = 1 << 10;       ///< What counts as one, in a range.
constexpr std::int64_t kMinErrorBytes = 64 << 10;  ///< Of what an answer that is no success says.

/// Where distributions keep their trust store: a library that was built on one and runs on another
/// must look. Empty leaves the library's own default.
std::string FindTrustStore() {
  for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) {
    if (const char* file = std::getenv(name); file != nullptr && *file != '\0') return file;
  }
  for (const char* file : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                           "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    if (::access(file, R_OK) == 0) return file;
  }
  return {};
}

bool Has(const std::vector<Header>& headers, std::string_view lower_name) {
  return std::any_of(headers.begin(), headers.end(), [&](const Header& header) {
    return EqualsIgnoreCase(header.first, lower_name);
  });
}

bool MayRedirect(const HttpRequest& request) {
  return request.follow_redirects && (request.method == "GET" || request.method == "HEAD");
}

}  // namespace

std::string Call::Place() const {
  std::string place = request.method + " " + uri.Origin() + uri.path.substr(0, 256);
  return place;
}

Transfer::Transfer(const HttpOptions& options, const Call& call, Handle& handle)
    : options_(options), call_(call), handle_(handle) {
  SetOptions();
  SetTls();
  SetMethod();
  SetHeaders();
}

Transfer::~Transfer() {
  curl_slist_free_all(headers_);
}

std::int64_t Transfer::range_size() const {
  const auto& range = call_.request.range;
  return range ? range->second - range->first + 1 : -1;
}

void Transfer::SetOptions() {
  CURL* easy = handle_.easy;
  curl_easy_setopt(easy, CURLOPT_URL, call_.request.url.c_str());
  // A signature covers the path as it is written.
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR,
                   call_.uri.scheme == "https" ? "https" : "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, MayRedirect(call_.request) ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, kMaxRedirects);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kBufferBytes);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout_ms));
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, curl_message_);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  if (options_.direct) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  if (!options_.proxy.empty()) curl_easy_setopt(easy, CURLOPT_PROXY, options_.proxy.c_str());
  if (!options_.user_agent.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
  }
}

void Transfer::SetTls() {
  CURL* easy = handle_.easy;
  static const std::string trust_store = FindTrustStore();
  const std::string& store = options_.ca_file.empty() ? trust_store : options_.ca_file;
  if (!store.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, store.c_str());
    curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, store.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, options_.verify_tls ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, options_.verify_tls ? 2L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  if (!options_.client_cert.empty()) {
    const std::string& key =
        options_.client_key.empty() ? options_.client_cert : options_.client_key;
    curl_easy_setopt(easy, CURLOPT_SSLCERT, options_.client_cert.c_str());
    curl_easy_setopt(easy, CURLOPT_SSLKEY, key.c_str());
    // Without one, OpenSSL would ask for a passphrase at the terminal.
    curl_easy_setopt(easy, CURLOPT_KEYPASSWD, "");
  }
}

void Transfer::SetMethod() {
  CURL* easy = handle_.easy;
  const HttpRequest& request = call_.request;
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (request.method == "GET" && request.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    return;
  }
  const bool has_body = !request.body.empty() || request.method == "POST" ||
                        request.method == "PUT" || request.method == "PATCH";
  if (has_body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
  }
  if (request.method != "POST") {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

void Transfer::AddHeader(const Header& header) {
  // To libcurl, "Name:" takes a header away and "Name;" sends it empty.
  const std::string line =
      header.second.empty() ? header.first + ";" : header.first + ": " + header.second;
  headers_ = curl_slist_append(headers_, line.c_str());
}

void Transfer::SetHeaders() {
  CURL* easy = handle_.easy;
  const HttpRequest& request = call_.request;
  for (const Header& header : request.headers) AddHeader(header);
  if (!Has(request.headers, "expect")) headers_ = curl_slist_append(headers_, "Expect:");
  if (!Has(request.headers, "content-type")) {
    headers_ = curl_slist_append(headers_, "Content-Type:");
  }
  if (request.range) {
    const std::string range = fmt::format("{}-{}", request.range->first, request.range->second);
    curl_easy_setopt(easy, CURLOPT_RANGE, range.c_str());
  }
  if (request.range || request.plain) {
    AddHeader({"Accept-Encoding", "identity"});
  } else if (!Has(request.headers, "accept-encoding")) {
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
}

Result<HttpResponse> Transfer::Run(RetryClass* retry) {
  *retry = RetryClass::kNever;
  const CURLcode code = Loop();
  if (failure_) {
    if (stalled_ && call_.request.range && !announced_) *retry = RetryClass::kStalled;
    return Fail(*std::move(failure_));
  }
  if (code != CURLE_OK) {
    Error error = FromCurl(code, retry);
    if (announced_) *retry = RetryClass::kNever;
    return Fail(std::move(error));
  }
  SLUICE_RETURN_IF_ERROR(Finish(retry));
  return std::move(response_);
}

CURLcode Transfer::Loop() {
  curl_multi_add_handle(handle_.multi, handle_.easy);
  last_move_ms_ = SteadyMillis();
  int running = 1;
  CURLMcode state = CURLM_OK;
  for (;;) {
    state = curl_multi_perform(handle_.multi, &running);
    if (state != CURLM_OK || running == 0 || failure_) break;
    CheckLimits();
    if (failure_) break;
    const std::int64_t now = SteadyMillis();
    const std::int64_t until =
        std::min(call_.deadline_ms, last_move_ms_ + options_.stall_timeout_ms);
    const std::int64_t longest = call_.cancelled ? kCancelCheckMs : kLongestPollMs;
    const auto wait = static_cast<int>(std::clamp<std::int64_t>(until - now + 1, 1, longest));
    curl_multi_poll(handle_.multi, nullptr, 0, wait, nullptr);
  }
  CURLcode code = state == CURLM_OK ? CURLE_ABORTED_BY_CALLBACK : CURLE_FAILED_INIT;
  int queued = 0;
  while (const CURLMsg* message = curl_multi_info_read(handle_.multi, &queued)) {
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  }
  // A connection that is silent may be for good, and HTTP/2 would use it again.
  if (stalled_) curl_easy_setopt(handle_.easy, CURLOPT_FORBID_REUSE, 1L);
  curl_multi_remove_handle(handle_.multi, handle_.easy);
  return code;
}

void Transfer::CheckLimits() {
  if (call_.cancelled && call_.cancelled()) {
    failure_ = Error{ErrorKind::kCancelled, call_.Place() + ": cancelled"};
    return;
  }
  const std::int64_t now = SteadyMillis();
  if (now >= call_.deadline_ms) {
    failure_ = Error{ErrorKind::kTimeout, fmt::format("{}: not done within its time limit of {} ms",
                                                      call_.Place(), call_.timeout_ms)};
    return;
  }
  // Before the request goes out, the time limit is that of connecting.
  curl_off_t connected = 0;
  curl_easy_getinfo(handle_.easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
  curl_off_t uploaded = 0;
  curl_easy_getinfo(handle_.easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
  if (connected == 0 || uploaded != uploaded_) last_move_ms_ = now;
  uploaded_ = uploaded;
  if (now - last_move_ms_ >= options_.stall_timeout_ms) {
    stalled_ = true;
    failure_ = Error{ErrorKind::kTimeout, fmt::format("{}: nothing moved for {} ms", call_.Place(),
                                                      options_.stall_timeout_ms)};
  }
}

std::size_t Transfer::OnHeader(char* data, std::size_t size, std::size_t count, void* self) {
  static_cast<Transfer*>(self)->ReadHeaderLine({data, size * count});
  return static_cast<Transfer*>(self)->failure_ ? 0 : size * count;
}

void Transfer::ReadHeaderLine(std::string_view line) {
  last_move_ms_ = SteadyMillis();
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {
    // Of each answer of a chain of redirects, and of interim ones; the last stays.
    const std::size_t space = line.find(' ');
    response_ = {};
    answered_ = true;
    if (space != std::string_view::npos) {
      const std::string_view code = line.substr(space + 1, 3);
      std::from_chars(code.data(), code.data() + code.size(), response_.status);
    }
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || body_begun_) return;
  if (response_.headers.size() >= kMaxHeaders) {
    failure_ = Error{ErrorKind::kTooLarge, call_.Place() + ": the answer has too many headers"};
    return;
  }
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  response_.headers.emplace_back(ToLower(line.substr(0, colon)), value);
}

std::size_t Transfer::OnBody(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string_view piece(data, size * count);
  if (auto status = transfer.ReadPiece(piece); !status) {
    transfer.failure_ = std::move(status).error();
    return piece.empty() ? 1 : 0;
  }
  transfer.moved_ += static_cast<std::int64_t>(piece.size());
  // The time a sink takes is not the peer's. A store that lets a range trickle is as good as
  // silent.
  if (transfer.range_size() < 0 || transfer.moved_ >= kLeastMove) {
    transfer.last_move_ms_ = SteadyMillis();
    transfer.moved_ = 0;
  }
  return piece.size();
}

Status Transfer::ReadPiece(std::string_view piece) {
  if (!body_begun_) {
    body_begun_ = true;
    SLUICE_RETURN_IF_ERROR(CheckBeginning());
  }
  if (call_.cancelled && call_.cancelled()) {
    return Fail(ErrorKind::kCancelled, "{}: cancelled", call_.Place());
  }
  const std::int64_t begin = received_;
  received_ += static_cast<std::int64_t>(piece.size());
  const std::int64_t limit = succeeded() ? call_.request.max_body_bytes
                                         : std::max(call_.request.max_body_bytes, kMinErrorBytes);
  if (received_ > limit) {
    return Fail(ErrorKind::kTooLarge, "{}: the answer has more than {} bytes", call_.Place(),
                limit);
  }
  if (succeeded() && range_size() >= 0 && received_ > range_size()) {
    return Fail(ErrorKind::kUnavailable, "{}: the answer has more than the {} bytes asked for",
                call_.Place(), range_size());
  }
  if (succeeded() && call_.request.range_out != nullptr) {
    std::memcpy(call_.request.range_out + begin, piece.data(), piece.size());
    return {};
  }
  if (!call_.sink || !succeeded()) {
    response_.body.append(piece);
    return {};
  }
  SLUICE_RETURN_IF_ERROR(AnnounceHeaders());
  return call_.sink(piece);
}

Status Transfer::CheckEncoding() const {
  if ((!call_.request.range && !call_.request.plain) || !succeeded()) return {};
  const std::string encoding = ToLower(response_.Get("content-encoding"));
  // Says how an object was sent to S3. Some stores keep it with the object, and say it of the
  // bytes.
  if (encoding.empty() || encoding == "identity" || encoding == "aws-chunked") return {};
  return Fail(ErrorKind::kUnavailable, "{}: the answer is compressed", call_.Place());
}

Status Transfer::CheckBeginning() const {
  SLUICE_RETURN_IF_ERROR(CheckEncoding());
  if (!call_.request.range || !succeeded()) return {};
  // No structured binding: clang 14 does not let lambdas capture one.
  const std::int64_t first = call_.request.range->first;
  const std::int64_t last = call_.request.range->second;
  const auto wrong = [&](std::string_view what) {
    return Fail(ErrorKind::kUnavailable, "{}: bytes {}-{} were asked for, and {}", call_.Place(),
                first, last, what);
  };
  if (response_.status == 206) {
    const std::string start = fmt::format("bytes {}-{}/", first, last);
    if (!ToLower(response_.Get("content-range")).starts_with(start)) {
      return wrong("the answer has other bytes");
    }
    return {};
  }
  const std::string_view length = response_.Get("content-length");
  if (response_.status != 200) return wrong(fmt::format("the status is {}", response_.status));
  if (first != 0 || (!length.empty() && length != std::to_string(range_size()))) {
    return wrong("the whole object came: the server ignores ranges");
  }
  return {};
}

Status Transfer::AnnounceHeaders() {
  if (announced_) return {};
  announced_ = true;
  return call_.on_headers ? call_.on_headers(response_) : Status{};
}

Status Transfer::Finish(RetryClass* retry) {
  if (!succeeded()) return {};
  if (!body_begun_) SLUICE_RETURN_IF_ERROR(CheckBeginning());
  if (range_size() >= 0 && call_.request.method != "HEAD" && received_ != range_size()) {
    // Cut short, where nothing but the count shows it.
    if (!announced_) *retry = RetryClass::kBroken;
    return Fail(ErrorKind::kUnavailable, "{}: the answer has {} of the {} bytes asked for",
                call_.Place(), received_, range_size());
  }
  return AnnounceHeaders();
}

std::optional<Error> Transfer::FromProxy(std::string_view text) const {
  // libcurl repeats the URL, with its password.
  if (text.starts_with("Unsupported proxy")) {
    return Error{ErrorKind::kInvalidArgument,
                 call_.Place() +
                     ": the proxy that the options or the environment (https_proxy, "
                     "http_proxy, all_proxy) name is no URL of a proxy"};
  }
  long status = 0;
  curl_easy_getinfo(handle_.easy, CURLINFO_HTTP_CONNECTCODE, &status);
  if (status < 400 || status > 499) return std::nullopt;
  const char* what = status == 407 ? "asks for a user and a password, or refuses those that it got"
                                   : "refuses the connection";
  return Error{ErrorKind::kPermissionDenied,
               fmt::format("{}: the proxy {} ({})", call_.Place(), what, status)};
}

Error Transfer::FromCurl(CURLcode code, RetryClass* retry) const {
  ErrorKind kind = ErrorKind::kUnavailable;
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      kind = ErrorKind::kInvalidArgument;
      break;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
      *retry = RetryClass::kConnect;
      break;
    case CURLE_OPERATION_TIMEDOUT:
      kind = ErrorKind::kTimeout;
      *retry = RetryClass::kConnect;
      break;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      *retry = RetryClass::kBroken;
      break;
    default:
      break;
  }
  std::string text = curl_message_[0] != '\0' ? curl_message_ : curl_easy_strerror(code);
  if (auto error = FromProxy(text)) {
    *retry = RetryClass::kNever;
    return *std::move(error);
  }
  // TLS 1.3 tells it only after the request has gone out.
  if (text.find("certificate required") != std::string::npos) *retry = RetryClass::kNever;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return Error{kind, call_.Place() + ": " + text};
}

}  // namespace sluice::net
