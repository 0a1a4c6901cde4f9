// Runs the server until it is told to stop.
#pragma once

#include "serve_options.h"

namespace sluice::apps {

/// Prints what a provider has to know to standard output, then serves until SIGTERM or SIGINT.
/// Returns the exit code; what went wrong is one line on standard error.
int RunServe(const ServeOptions& options);

}  // namespace sluice::apps
