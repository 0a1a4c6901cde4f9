// Sends the answer of one request over its connection.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/thread_pool.h"
#include "server/http/connection.h"
#include "server/http/coroutine.h"
#include "server/http/gzip.h"
#include "server/http/options.h"
#include "server/http/response.h"

namespace sluice::http {

/// What all answers of a server share. Thread-safe.
struct AnswerEnvironment {
  Loop* loop = nullptr;
  ThreadPool* pool = nullptr;      ///< For rendering, compressing and reading files.
  const Limits* limits = nullptr;  ///< Of the connection.
  std::atomic<std::int64_t>* buffered_bytes = nullptr;  ///< Held by slices, of all answers.
};

/// Exactly one of the Send calls is made, once; it returns when all is handed to the kernel.
/// Errors of all: kTimeout and kCancelled from the connection; for slices and files also what broke
/// the body. After an error the session closes the connection. Belongs to the loop's thread.
class ResponseWriter {
 public:
  ResponseWriter(const Request& request, Connection& connection, const AnswerEnvironment& env)
      : request_(request), connection_(connection), env_(env) {
    extra_headers_.reserve(128);
    AddHeader("x-request-id", request.id);
  }

  asio::awaitable<Status> Send(std::shared_ptr<const Response> response);
  asio::awaitable<Status> Send(Response response) {
    return Send(std::make_shared<const Response>(std::move(response)));
  }
  asio::awaitable<Status> SendSlices(ResponseHead head, std::shared_ptr<const SliceSource> source);
  asio::awaitable<Status> SendFile(ResponseHead head, FileBody body);

  /// Adds a header to whatever is sent.
  void AddHeader(std::string_view name, std::string_view value);
  /// Allows gzip for bodies it makes smaller.
  void AllowGzip() { gzip_ = true; }
  /// The connection ends with this answer.
  void CloseAfter() { keep_alive_ = false; }

  bool started() const { return status_ != 0; }
  bool complete() const { return complete_; }
  bool keep_alive() const { return keep_alive_; }
  int status() const { return status_; }                   ///< 0 before the head was made.
  std::int64_t body_bytes() const { return body_bytes_; }  ///< As they went over the wire.

  Loop& loop() { return *env_.loop; }
  const Limits& limits() const { return *env_.limits; }

 private:
  /// `length` < 0: unknown.
  std::string FormatHead(const ResponseHead& head, std::int64_t length, bool gzip);
  asio::awaitable<Status> Write(std::string_view head, std::string_view body);
  asio::awaitable<Status> WriteChunk(std::string* pending_head, std::string_view bytes);
  asio::awaitable<Status> PumpSlices(std::string head, std::shared_ptr<const SliceSource> source);
  bool IsHead() const { return request_.method == "HEAD"; }
  bool WantsGzip(const ResponseHead& head) const {
    return gzip_ && head.status == 200 && IsCompressible(head.content_type);
  }

  const Request& request_;
  Connection& connection_;
  const AnswerEnvironment& env_;
  std::string extra_headers_;
  bool gzip_ = false;
  bool keep_alive_ = true;
  bool chunked_ = false;
  bool complete_ = false;
  int status_ = 0;
  std::int64_t body_bytes_ = 0;
};

}  // namespace sluice::http
