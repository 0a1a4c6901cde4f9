// What a person reads when a server has started, and how it is reached.
#pragma once

#include <string>

#include "serve_site.h"

namespace sluice::apps {

/// How a person on this machine reaches the server.
std::string LocalUrl(const config::Config& config, int port);

/// How recipients do, who know the public URL.
std::string EndpointUrl(const config::Config& config, int port);

/// Prints how to load a table. Writes the profile first, where there is none but the server's own
/// token. Errors: those of WriteProfile.
Status Announce(const ServeOptions& options, const Site& site, int port);

}  // namespace sluice::apps
