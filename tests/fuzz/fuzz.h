// What the fuzz targets have in common.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/result.h"

namespace sluice::fuzz {

/// Stops the run: the input is then kept by libFuzzer.
inline void Require(bool holds) {
  if (!holds) std::abort();
}

/// An error is one line with something in it.
inline void CheckError(const Error& error) {
  Require(!error.message.empty());
  Require(error.message.find('\n') == std::string::npos);
}

inline std::string_view AsText(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace sluice::fuzz
