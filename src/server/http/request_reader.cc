#include "server/http/request_reader.h"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/ascii.h"
#include "base/clock.h"

namespace sluice::http {
namespace {

namespace beast_http = boost::beast::http;
using Parser = beast_http::request_parser<beast_http::string_body>;

constexpr std::size_t kReadBytes = 8192;

std::string_view View(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

Refusal RefusalFor(const boost::system::error_code& error, const Limits& limits) {
  if (error == beast_http::error::header_limit || error == beast_http::error::buffer_overflow) {
    return {431,
            fmt::format("the request header is larger than {} bytes", limits.max_header_bytes)};
  }
  if (error == beast_http::error::body_limit) {
    return {413, fmt::format("the request body is larger than {} bytes", limits.max_body_bytes)};
  }
  if (error == beast_http::error::bad_version) {
    return {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  }
  if (error == beast_http::error::bad_transfer_encoding) {
    return {400, "the transfer encoding is not supported; send chunked or Content-Length"};
  }
  return {400, fmt::format("not an HTTP request: {}", error.message())};
}

void SplitTarget(std::string_view target, Request* request) {
  // The absolute form, as proxies send it: only the path matters here.
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t slash = target.find('/', scheme.size());
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
    break;
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  request->path = target.substr(0, mark);
  request->query = target.substr(std::min(mark + 1, target.size()));
}

bool IsHost(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return c > 0x20 && c < 0x7F && std::string_view("/?#@,\\").find(c) == std::string_view::npos;
  });
}

/// The headers that say where a request begins and ends, and how often each is there.
struct Framing {
  int hosts = 0;
  int lengths = 0;
  int codings = 0;
  std::string_view host;
  std::string_view length;
  std::string_view coding;

  explicit Framing(const Parser::value_type& message) {
    using beast_http::field;
    for (const auto& header : message) {
      const std::string_view value = View(header.value());
      if (header.name() == field::host && hosts++ == 0) host = value;
      if (header.name() == field::content_length && lengths++ == 0) length = value;
      if (header.name() == field::transfer_encoding && codings++ == 0) coding = value;
    }
  }
};

/// What a proxy before us may have read otherwise than we do is refused, so that no request hides
/// in another (RFC 9112, 3.2 and 6.1). Beast takes lists, and passes over codings that it does not
/// know.
std::optional<Refusal> CheckFraming(const Parser::value_type& message) {
  const Framing framing(message);
  if (framing.hosts > 1 || (framing.hosts == 0 && message.version() >= 11) ||
      !IsHost(framing.host)) {
    return Refusal{400, "a request must have one Host header"};
  }
  const int lengths = framing.lengths;
  const int codings = framing.codings;
  const bool list = framing.length.find(',') != std::string_view::npos;
  if (lengths > 1 || list || (codings > 0 && (lengths > 0 || message.version() < 11))) {
    return Refusal{400, "the length of the request body is ambiguous"};
  }
  if (codings > 1 || (codings == 1 && !boost::beast::iequals(framing.coding, "chunked"))) {
    return Refusal{400, "the transfer encoding is not supported; send chunked or Content-Length"};
  }
  return std::nullopt;
}

ReadRequest TakeRequest(Parser& parser, const Peer& peer) {
  ReadRequest out;
  auto message = parser.release();
  out.keep_alive = message.keep_alive();
  out.request = std::make_shared<Request>();
  Request& request = *out.request;
  request.id = MakeRequestId();
  request.method = View(message.method_string());
  request.http_1_0 = message.version() < 11;
  request.refusal = CheckFraming(message);
  if (request.refusal) out.keep_alive = false;
  request.peer = peer;
  SplitTarget(View(message.target()), &request);
  request.headers.reserve(8);
  for (const auto& field : message) {
    request.headers.emplace_back(ToLower(View(field.name_string())), View(field.value()));
  }
  request.body = std::move(message.body());
  return out;
}

bool ExpectsContinue(const Parser& parser) {
  const auto expect = parser.get().find(beast_http::field::expect);
  return expect != parser.get().end() && parser.get().version() >= 11 &&
         boost::beast::iequals(expect->value(), "100-continue");
}

}  // namespace

RequestReader::RequestReader(Connection& connection, const Limits& limits)
    : connection_(connection), limits_(limits) {
  // One line may be as long as the header; the parser counts the whole.
  buffer_.max_size(static_cast<std::size_t>(limits.max_header_bytes) + kReadBytes);
}

asio::awaitable<Result<std::size_t>> RequestReader::Fill() {
  const std::size_t room = std::min(kReadBytes, buffer_.max_size() - buffer_.size());
  if (room == 0) co_return Fail(ErrorKind::kTooLarge, "header");
  const auto target = buffer_.prepare(room);
  auto got = co_await connection_.Read({static_cast<char*>(target.data()), target.size()});
  if (got) buffer_.commit(*got);
  co_return got;
}

ReadRequest RequestReader::Refuse(Refusal refusal) const {
  ReadRequest out;
  out.keep_alive = false;
  out.request = std::make_shared<Request>();
  out.request->id = MakeRequestId();
  out.request->peer = connection_.peer();
  out.request->received_ms = received_ms_;
  out.request->received_at = received_at_;
  out.request->refusal = std::move(refusal);
  return out;
}

asio::awaitable<ReadOutcome> RequestReader::Next() {
  if (buffer_.size() == 0) {
    idle_ = true;
    connection_.deadline().Set(limits_.idle_timeout);
    const auto got = co_await Fill();
    idle_ = false;
    connection_.deadline().Clear();
    if (!got || *got == 0) co_return Closed();
  }
  received_ms_ = SystemClock().NowMillis();
  received_at_ = std::chrono::steady_clock::now();
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(limits_.max_header_bytes));
  parser.body_limit(static_cast<std::uint64_t>(limits_.max_body_bytes));
  bool slow = false;  // The deadline of the header, later of the body, is running.
  bool in_body = false;
  for (;;) {
    boost::system::error_code error;
    if (buffer_.size() > 0) buffer_.consume(parser.put(buffer_.data(), error));
    if (error && error != beast_http::error::need_more)
      co_return Refuse(RefusalFor(error, limits_));
    if (parser.is_done()) break;
    if (parser.is_header_done() && !in_body) {
      in_body = true;
      parser.eager(true);
      connection_.deadline().Set(limits_.body_timeout);
      slow = true;
      if (ExpectsContinue(parser) && buffer_.size() == 0) {
        const auto asked = co_await connection_.Write("HTTP/1.1 100 Continue\r\n\r\n", {});
        if (!asked) co_return Closed();
        connection_.deadline().Set(limits_.body_timeout);
      }
      if (buffer_.size() > 0) continue;
    } else if (!slow) {
      slow = true;
      connection_.deadline().Set(limits_.header_timeout);
    }
    const auto got = co_await Fill();
    if (!got && got.error().kind == ErrorKind::kTooLarge) {
      co_return Refuse(RefusalFor(beast_http::error::header_limit, limits_));
    }
    if (!got && got.error().kind == ErrorKind::kTimeout) {
      co_return Refuse({408, in_body ? "the request body did not arrive in time"
                                     : "the request header did not arrive in time"});
    }
    if (!got || *got == 0) co_return Closed();
  }
  connection_.deadline().Clear();
  ReadRequest read = TakeRequest(parser, connection_.peer());
  read.request->received_ms = received_ms_;
  read.request->received_at = received_at_;
  co_return read;
}

}  // namespace sluice::http
