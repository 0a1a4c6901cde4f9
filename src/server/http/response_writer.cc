#include "server/http/response_writer.h"

#include <fmt/compile.h>

#include <algorithm>
#include <ctime>

#include "base/clock.h"
#include "base/log.h"
#include "server/http/offload.h"
#include "server/http/ordered_slices.h"

namespace sluice::http {
namespace {

constexpr std::size_t kGzipMinBytes = 1024;

/// The Date header's value, made once a second and thread.
std::string_view DateOfNow() {
  thread_local std::time_t made_at = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != made_at) {
    made_at = now;
    text = FormatHttpDate(now);
  }
  return text;
}

/// A line break in a value would let it forge headers.
void AppendHeader(std::string_view name, std::string_view value, std::string* out) {
  out->append(name).append(": ");
  const std::size_t start = out->size();
  out->append(value);
  for (const char end : {'\r', '\n', '\0'}) {
    if (value.find(end) == std::string_view::npos) continue;
    std::replace(out->begin() + static_cast<std::ptrdiff_t>(start), out->end(), end, ' ');
  }
  out->append("\r\n");
}

bool HasBody(int status) {
  return status != 204 && status != 304;
}

/// Text as a slice has it; nothing where it cannot be packed.
DeflatedBlock BlockOf(const std::string& text, bool gzip) {
  if (gzip) {
    auto block = Deflate(text);
    return block ? *std::move(block) : DeflatedBlock();
  }
  DeflatedBlock plain;
  plain.bytes = text;
  return plain;
}

}  // namespace

void ResponseWriter::AddHeader(std::string_view name, std::string_view value) {
  AppendHeader(name, value, &extra_headers_);
}

std::string ResponseWriter::FormatHead(const ResponseHead& head, std::int64_t length, bool gzip) {
  status_ = head.status;
  chunked_ = length < 0 && !request_.http_1_0;
  if (length < 0 && !chunked_) keep_alive_ = false;
  std::string out;
  out.reserve(512);
  out.append("HTTP/1.1 ").append(fmt::format_int(head.status).c_str());
  out.append(" ").append(ReasonPhrase(head.status)).append("\r\n");
  AppendHeader("Date", DateOfNow(), &out);
  if (!head.content_type.empty()) AppendHeader("Content-Type", head.content_type, &out);
  bool cached = false;
  for (const auto& [name, value] : head.headers) {
    AppendHeader(name, value, &out);
    cached |= name == "Cache-Control";
  }
  // What one recipient was told is nobody else's, and signed URLs end.
  if (!cached) out += "Cache-Control: no-store\r\n";
  out += "X-Content-Type-Options: nosniff\r\n";
  if (request_.peer.tls) out += "Strict-Transport-Security: max-age=31536000\r\n";
  if (gzip) out += "Content-Encoding: gzip\r\n";
  if (gzip_ && IsCompressible(head.content_type)) out += "Vary: Accept-Encoding\r\n";
  if (chunked_) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (length >= 0 && HasBody(head.status)) {
    AppendHeader("Content-Length", fmt::format_int(length).c_str(), &out);
  }
  out += extra_headers_;
  if (!keep_alive_) {
    out += "Connection: close\r\n";
  } else if (request_.http_1_0) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
  return out;
}

asio::awaitable<Status> ResponseWriter::Write(std::string_view head, std::string_view body) {
  auto written = co_await connection_.Write(head, body);
  if (!written) keep_alive_ = false;
  co_return written;
}

asio::awaitable<Status> ResponseWriter::Send(std::shared_ptr<const Response> response) {
  std::optional<std::string> packed;
  if (WantsGzip(response->head) && response->body.size() >= kGzipMinBytes) {
    auto work = [response] { return Gzip(response->body); };
    auto made = co_await Offload(*env_.loop, *env_.pool, milliseconds{0}, std::move(work));
    if (*made) packed = **std::move(made);
  }
  std::string_view body = packed ? *packed : response->body;
  const auto length = static_cast<std::int64_t>(body.size());
  const std::string head = FormatHead(response->head, length, packed.has_value());
  if (IsHead() || !HasBody(response->head.status)) body = {};
  SLUICE_CO_RETURN_IF_ERROR(co_await Write(head, body));
  body_bytes_ = static_cast<std::int64_t>(body.size());
  complete_ = true;
  co_return Status();
}

asio::awaitable<Status> ResponseWriter::SendFile(ResponseHead head, FileBody body) {
  const std::string head_text = FormatHead(head, body.Length(), false);
  SLUICE_CO_RETURN_IF_ERROR(co_await Write(head_text, {}));
  for (const FilePiece& piece : body.pieces) {
    if (IsHead()) break;
    SLUICE_CO_RETURN_IF_ERROR(co_await Write(piece.text, {}));
    auto sent = co_await connection_.WriteFile(body.file, piece.offset, piece.length, *env_.pool);
    if (!sent) {
      keep_alive_ = false;
      co_return sent;
    }
    body_bytes_ += static_cast<std::int64_t>(piece.text.size()) + piece.length;
  }
  complete_ = true;
  co_return Status();
}

asio::awaitable<Status> ResponseWriter::WriteChunk(std::string* pending_head,
                                                   std::string_view bytes) {
  if (bytes.empty()) co_return Status();
  std::string frame = std::move(*pending_head);
  pending_head->clear();
  if (chunked_) {
    fmt::format_to(std::back_inserter(frame), "{:x}\r\n", bytes.size());
    *pending_head = "\r\n";  // Ends this chunk; sent with the next.
  }
  SLUICE_CO_RETURN_IF_ERROR(co_await Write(frame, bytes));
  body_bytes_ += static_cast<std::int64_t>(bytes.size());
  co_return Status();
}

asio::awaitable<Status> ResponseWriter::PumpSlices(std::string head,
                                                   std::shared_ptr<const SliceSource> source) {
  const bool gzip = gzip_;
  GzipFrame frame;
  ThreadPool* const pool = source->pool() != nullptr ? source->pool() : env_.pool;
  OrderedSlices slices(
      source, {env_.loop, pool, env_.buffered_bytes, env_.limits->max_buffered_bytes, gzip});
  if (gzip) SLUICE_CO_RETURN_IF_ERROR(co_await WriteChunk(&head, GzipFrame::Header()));
  Status outcome;
  while (outcome) {
    auto slice = co_await slices.Next();
    if (!slice) break;
    if (!slice->status) {
      outcome = slice->status;
      const SliceFailure failure = source->Failure(outcome.error());
      slice->block = BlockOf(failure.text, gzip);
      SLUICE_CO_RETURN_IF_ERROR(co_await WriteChunk(&head, slice->block.bytes));
      if (!failure.understood) {
        SLUICE_CO_RETURN_IF_ERROR(co_await Write(head, {}));
        co_return outcome;
      }
    } else {
      SLUICE_CO_RETURN_IF_ERROR(co_await WriteChunk(&head, slice->block.bytes));
    }
    if (gzip) frame.Add(slice->block);
  }
  if (gzip) {
    const std::string trailer = frame.Trailer();
    SLUICE_CO_RETURN_IF_ERROR(co_await WriteChunk(&head, trailer));
  }
  if (chunked_) head += "0\r\n\r\n";
  SLUICE_CO_RETURN_IF_ERROR(co_await Write(head, {}));
  co_return outcome;
}

asio::awaitable<Status> ResponseWriter::SendSlices(ResponseHead head,
                                                   std::shared_ptr<const SliceSource> source) {
  gzip_ = WantsGzip(head);
  std::string head_text = FormatHead(head, -1, gzip_);
  if (IsHead()) {
    SLUICE_CO_RETURN_IF_ERROR(co_await Write(head_text, {}));
  } else {
    auto pumped = co_await PumpSlices(std::move(head_text), std::move(source));
    if (!pumped) {
      keep_alive_ = false;
      co_return pumped;
    }
  }
  complete_ = true;
  co_return Status();
}

}  // namespace sluice::http
