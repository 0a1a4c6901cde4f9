// Hosts that are this machine, by what they are called.
#pragma once

#include <string_view>

namespace sluice {

/// Of a URL's host: "localhost", or an address of 127.0.0.0/8 or ::1. Any other name is none,
/// whatever it resolves to.
bool IsLoopbackHost(std::string_view host);

}  // namespace sluice
