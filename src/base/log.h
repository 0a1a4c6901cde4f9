// The log: one line an event, to standard error, through spdlog. Callers never pass a secret.
#pragma once

#include <spdlog/spdlog.h>

#include <string_view>

#include "base/result.h"

namespace sluice {

/// "trace", "debug", "info", "warn", "error" or "off"; `json` writes one JSON object a line.
/// Call once, before threads start. Errors: kInvalidArgument for an unknown level.
Status ConfigureLog(std::string_view level, bool json);

}  // namespace sluice
