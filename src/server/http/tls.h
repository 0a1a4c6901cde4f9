// The TLS context of the server.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "server/http/options.h"

namespace sluice::http {

/// TLS 1.2 with forward secrecy and authenticated encryption, and TLS 1.3; HTTP/1.1 by ALPN.
/// Errors: kInvalidArgument naming the file.
Result<std::shared_ptr<boost::asio::ssl::context>> MakeTlsContext(const TlsFiles& files);

/// With a key and a certificate for `host` and the loopback names, made now and kept in memory
/// only: for tests, as no client trusts it unasked. Errors: kInternal.
Result<std::shared_ptr<boost::asio::ssl::context>> MakeSelfSignedContext(const std::string& host);

/// When the certificate ends, seconds since the epoch.
std::int64_t CertificateExpiry(boost::asio::ssl::context& context);

}  // namespace sluice::http
