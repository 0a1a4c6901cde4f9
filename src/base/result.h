// Result<T>: a value or an Error, and the two macros that pass errors up.
#pragma once

#include <fmt/core.h>

#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace sluice {

template <typename T>
using Result = tl::expected<T, Error>;

/// A Result without a value.
using Status = Result<void>;

/// Makes the error side of any Result: `return Fail(ErrorKind::kNotFound, "no table {}", name);`
template <typename... Args>
[[nodiscard]] tl::unexpected<Error> Fail(ErrorKind kind, fmt::format_string<Args...> format,
                                         Args&&... args) {
  return tl::unexpected<Error>(Error{kind, fmt::format(format, std::forward<Args>(args)...)});
}

[[nodiscard]] inline tl::unexpected<Error> Fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace sluice

#define SLUICE_CONCAT_INNER(a, b) a##b
#define SLUICE_CONCAT(a, b) SLUICE_CONCAT_INNER(a, b)

/// Returns the error of a Status or Result expression to the caller, if it is one.
#define SLUICE_RETURN_IF_ERROR(expr)                                              \
  do {                                                                            \
    if (auto sluice_status = (expr); !sluice_status) {                            \
      return ::tl::unexpected<::sluice::Error>(std::move(sluice_status).error()); \
    }                                                                             \
  } while (false)

/// SLUICE_TRY(auto rows, Count(file)); — declares or assigns the value, or returns the error.
#define SLUICE_TRY(target, expr) \
  SLUICE_TRY_INNER(SLUICE_CONCAT(sluice_result_, __LINE__), target, expr)
#define SLUICE_TRY_INNER(result, target, expr)                           \
  auto result = (expr);                                                  \
  if (!result) {                                                         \
    return ::tl::unexpected<::sluice::Error>(std::move(result).error()); \
  }                                                                      \
  target = std::move(result).value()
