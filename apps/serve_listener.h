// How a listener is to behave, as the configuration says.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "server/config/config.h"
#include "server/http/server.h"

namespace sluice::apps {

/// A certificate that the server makes is that of `tls_before`, unless null.
/// Errors: kInvalidArgument naming a file of TLS.
Result<http::ServerSettings> MakeSettings(
    const config::Config& config, std::shared_ptr<boost::asio::ssl::context> tls_before = nullptr);

}  // namespace sluice::apps
