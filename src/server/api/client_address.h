// Where a request comes from, as far as rights depend on it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/network.h"
#include "server/http/request.h"

namespace sluice::api {

/// The one place that says whose address counts.
inline std::string_view ClientAddress(const http::Request& request) {
  return request.peer.address;
}

/// Whether the address lies in one of the networks; none of them: any does. What is no network and
/// what is no address is in nothing.
bool IsAllowedFrom(std::string_view address, const std::vector<std::string>& networks);

}  // namespace sluice::api
