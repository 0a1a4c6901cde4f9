// A request as a value: what a handler may know of it, free of sockets.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::http {

using Header = std::pair<std::string, std::string>;
using Headers = std::vector<Header>;

/// Who asks: the other end of the connection or, where that is a trusted proxy, whom it speaks for
/// (server/http/forwarded.h).
struct Peer {
  std::string address;    ///< "127.0.0.1", without the port.
  int port = 0;           ///< 0: not known.
  bool loopback = false;  ///< This machine, and nobody in between.
  bool tls = false;       ///< As the peer reached us, or the proxy.
};

/// What the HTTP side itself refuses: too large, too slow, no HTTP, too many connections.
struct Refusal {
  int status = 400;
  std::string message;
};

/// Immutable once the session has read it, and shared with work on the pool.
struct Request {
  std::string id;      ///< Made by this server, unique in the process; in the answer and the log.
  std::string method;  ///< As sent: methods are case-sensitive.
  std::string path;    ///< Still percent-encoded, without the query.
  std::string query;   ///< Still percent-encoded, without '?'.
  Headers headers;     ///< Names in lower case, in the order they came.
  std::string body;
  Peer peer;
  bool http_1_0 = false;
  std::int64_t received_ms = 0;  ///< Of its first byte, milliseconds since the epoch.
  std::chrono::steady_clock::time_point received_at;
  /// When set, the rest may be empty, and the only answer is this.
  std::optional<Refusal> refusal;

  /// The first header of a lower-case name; empty when absent.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
};

/// An identifier no other request of this process has, and hardly one of another: 24 hex digits.
std::string MakeRequestId();

}  // namespace sluice::http
