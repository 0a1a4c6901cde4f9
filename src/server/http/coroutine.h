// The names of Boost.Asio that coroutines here use, and SLUICE_RETURN_IF_ERROR for them.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/result.h"

namespace sluice::http {

namespace asio = boost::asio;

/// Errors of an operation as values: `const auto [error, size] = co_await …(…, kAwait);`
inline constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

}  // namespace sluice::http

#define SLUICE_CO_RETURN_IF_ERROR(expr)                                              \
  do {                                                                               \
    if (auto sluice_status = (expr); !sluice_status) {                               \
      co_return ::tl::unexpected<::sluice::Error>(std::move(sluice_status).error()); \
    }                                                                                \
  } while (false)
