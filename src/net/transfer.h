// One try of one request: options set, bytes moved, the answer checked.
#pragma once

#include "base/uri.h"
#include "net/handle_pool.h"
#include "net/http_client.h"

namespace sluice::net {

/// What a call hands to each of its tries; outlives them.
struct Call {
  const HttpRequest& request;
  const BodySink& sink;  ///< Empty: the body is kept in the response.
  const std::function<Status(const HttpResponse&)>& on_headers;
  const CancelCheck& cancelled;
  Uri uri;
  std::int64_t timeout_ms;   ///< Of all tries; 0 when there is no limit.
  std::int64_t deadline_ms;  ///< On SteadyMillis; the largest number when there is none.

  /// "GET https://host/path", for messages: no query, no user information.
  std::string Place() const;
};

enum class RetryClass : std::uint8_t {
  kNever,
  kConnect,  ///< The peer was not reached.
  kBroken,   ///< It was, and the connection or the answer broke.
  kStalled,  ///< Nothing came any more of a range.
};

class Transfer {
 public:
  Transfer(const HttpOptions& options, const Call& call, Handle& handle);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// Call once. `retry` says what a failure was; kNever also when bytes reached the sink.
  Result<HttpResponse> Run(RetryClass* retry);
  /// Whether the beginning of any answer came, not of a proxy alone.
  bool answered() const { return answered_; }

 private:
  void SetOptions();
  void SetTls();
  void SetMethod();
  void SetHeaders();
  void AddHeader(const Header& header);
  CURLcode Loop();
  /// Sets failure_ when the caller, a time limit or silence ends the transfer.
  void CheckLimits();

  static std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* self);
  void ReadHeaderLine(std::string_view line);
  Status ReadPiece(std::string_view piece);
  /// Whether the answer's headers are those of what was asked for.
  Status CheckBeginning() const;
  Status CheckEncoding() const;
  Status AnnounceHeaders();
  Status Finish(RetryClass* retry);
  Error FromCurl(CURLcode code, RetryClass* retry) const;
  /// What a failure on the way through a proxy was, if it was one.
  std::optional<Error> FromProxy(std::string_view text) const;

  bool succeeded() const { return response_.status >= 200 && response_.status <= 299; }
  /// Of the range asked for; -1 without one.
  std::int64_t range_size() const;

  const HttpOptions& options_;
  const Call& call_;
  Handle& handle_;
  curl_slist* headers_ = nullptr;
  char curl_message_[CURL_ERROR_SIZE] = "";

  HttpResponse response_;
  std::optional<Error> failure_;  ///< Ours; wins over what libcurl says.
  std::int64_t received_ = 0;
  bool answered_ = false;
  bool body_begun_ = false;
  bool announced_ = false;
  bool stalled_ = false;
  std::int64_t last_move_ms_ = 0;
  std::int64_t moved_ = 0;  ///< Bytes of the body since then.
  curl_off_t uploaded_ = 0;
};

}  // namespace sluice::net
