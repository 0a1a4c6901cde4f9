// An HTTP client over libcurl: connection pool, TLS, proxies, deadlines, retries. It knows nothing
// of sharing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sluice::net {

using Header = std::pair<std::string, std::string>;

struct Login {
  std::string user;  ///< Without a colon.
  std::string password;
};

/// What stands behind "Basic " in a header (RFC 7617).
std::string BasicCredentials(const Login& login);

/// Whether HTTP allows its name and value. Errors: kInvalidArgument, without the value.
Status CheckHeader(const Header& header);

/// Whether it is a proxy's URL, with user and password or without: of http (also where it does not
/// say so), https, socks4, socks4a, socks5 or socks5h. Errors: kInvalidArgument, without any of it.
Status CheckProxy(std::string_view url);

/// True when the caller wants a running transfer to stop (kCancelled). Called often, from the
/// thread that called.
using CancelCheck = std::function<bool()>;

struct HttpOptions {
  /// After the first try, for 429, 5xx, broken connections and a peer that is not reached; at most
  /// 5 of the last where it has answered no call of this client.
  int max_retries = 10;
  /// False: at most 5 for a peer that is not reached, also where it has answered before.
  bool outlasts_restarts = true;
  /// Doubles with each retry, up to 30 s, less up to a quarter by chance, so that 10 retries last a
  /// minute or more. A Retry-After header wins; when it asks for more than 5 minutes the answer is
  /// returned instead.
  std::int64_t first_backoff_ms = 100;
  std::int64_t connect_timeout_ms = 30'000;
  /// A transfer that moves nothing for this long, or less than 1 KiB of a range, is given up
  /// (kTimeout). A range is then asked for again, over a new connection, twice at most.
  std::int64_t stall_timeout_ms = 60'000;
  /// Of a Send with its retries that sets no limit of its own (kTimeout); 0: no limit. A Stream
  /// takes as long as its sink does.
  std::int64_t request_timeout_ms = 0;
  /// As CheckProxy allows it; empty: as the environment says (https_proxy, no_proxy).
  std::string proxy;
  bool direct = false;  ///< Through no proxy, whatever the environment says.
  std::string ca_file;  ///< Empty: the system's trust store.
  bool verify_tls = true;
  /// PEM files, shown to servers that ask for a certificate: with the chain, and the key, which may
  /// be in the first file too. A key has no passphrase.
  std::string client_cert;
  std::string client_key;
  std::string user_agent;
  CancelCheck cancelled = {};  ///< Of every call that has none of its own.
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<Header> headers;
  std::string body;
  /// Inclusive first and last byte; answered by exactly those bytes or an error.
  std::optional<std::pair<std::int64_t, std::int64_t>> range;
  /// Where the bytes of a range go, instead of to HttpResponse::body: as many as it has. What is
  /// there after a failure is undefined.
  char* range_out = nullptr;
  /// Whether the bytes must come as they are stored: an answer that is compressed is kUnavailable.
  /// A range always asks for that; else compression is offered, and undone.
  bool plain = false;
  /// Beyond it, decompressed: kTooLarge. A caller that streams more to a sink sets more. What an
  /// answer that is no success says may have 64 KiB all the same.
  std::int64_t max_body_bytes = std::int64_t{1} << 30;
  /// Of the whole call with its retries (kTimeout); 0: as HttpOptions has it.
  std::int64_t timeout_ms = 0;
  bool follow_redirects = true;  ///< Else a redirect is an answer like any other.
};

struct HttpResponse {
  int status = 0;
  std::vector<Header> headers;  ///< Of the last answer, names in lower case.
  std::string body;

  /// The value of a header by its lower-case name; empty when absent.
  std::string_view Get(std::string_view name) const;
};

/// Called with each piece of a body, in order; an Error stops the transfer and is what Stream
/// returns. Never called again for the same bytes: a transfer that broke after the first piece is
/// not retried here.
using BodySink = std::function<Status(std::string_view piece)>;

/// Thread-safe; calls block their thread. Connections are reused between calls and threads.
/// Redirects of GET and HEAD are followed, five at most, never from https to http, and
/// Authorization stays with the host it was meant for. A URL's path goes out as it is written.
///
/// Errors of both calls: kUnavailable when no answer came after all retries, kTimeout,
/// kCancelled, kTooLarge, kInvalidArgument for a URL, header, range, proxy or file of certificates
/// that is none, kPermissionDenied for a proxy that refuses. An answer of any status is a value,
/// not an error. No message holds a URL's query part, a header's value or what a proxy's URL holds.
class HttpClient {
 public:
  explicit HttpClient(HttpOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  Result<HttpResponse> Send(const HttpRequest& request, const CancelCheck& cancelled = {}) const;

  /// As Send, but a body of status 2xx goes to `sink` as it arrives (decompressed) and the
  /// response's body stays empty; a body of any other status is kept in the response.
  /// `on_headers`, when given, sees the final status and headers before the first piece.
  Result<HttpResponse> Stream(const HttpRequest& request, const BodySink& sink,
                              const std::function<Status(const HttpResponse&)>& on_headers = {},
                              const CancelCheck& cancelled = {}) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::net
