// Limits of the HTTP side: every input has one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "server/http/response.h"

namespace sluice::http {

using std::chrono::milliseconds;

struct Limits {
  int max_connections = 4096;  ///< Over it: 503 and close.
  std::int64_t max_header_bytes = 64 << 10;
  std::int64_t max_body_bytes = 1 << 20;
  milliseconds handshake_timeout{10'000};    ///< TLS, from the accept to the end of the handshake.
  milliseconds header_timeout{10'000};       ///< From its first byte until a header is complete.
  milliseconds body_timeout{30'000};         ///< From the end of the header until the body is.
  milliseconds idle_timeout{75'000};         ///< Between requests.
  milliseconds write_stall_timeout{60'000};  ///< A peer that takes nothing for this long.
  milliseconds request_timeout{30'000};      ///< For one piece of work on a pool; 0: no limit.
  /// Slices that all answers together may hold; beyond it each keeps one at a time. Bytes.
  std::int64_t max_buffered_bytes = std::int64_t{256} << 20;
};

/// Makes the answer to what the HTTP side itself refuses: a status and a line for the sender.
using ErrorRenderer = std::function<Response(int status, std::string_view message)>;

struct TlsFiles {
  std::string certificate_file;  ///< PEM, the chain included.
  std::string key_file;          ///< PEM.
  std::string key_password;      ///< Empty: the key is not encrypted.
  /// PEM: clients may show a certificate that one of these has signed. Empty: none is asked for.
  std::string client_ca_file = {};
  bool require_client_certificate = false;  ///< Without one the handshake fails.
};

}  // namespace sluice::http
