// What plain and TLS connections have in common. Included by their two sources only.
#pragma once

#include <sys/socket.h>

#include <array>

#include "server/http/connection.h"
#include "server/http/coroutine.h"

namespace sluice::http {

using asio::ip::tcp;

inline Peer PeerOf(const tcp::socket& socket, bool tls) {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return {"unknown", 0, false, tls};
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return {address.to_string(), endpoint.port(), address.is_loopback(), tls};
}

class ConnectionBase : public Connection {
 public:
  ConnectionBase(tcp::socket& socket, bool tls, const ConnectionOptions& options)
      : Connection(PeerOf(socket, tls)),
        options_(options),
        socket_(socket),
        deadline_(*options.loop, [this] { CancelSocket(); }) {}

  Deadline& deadline() override { return deadline_; }

  void ShutDown() override {
    // Not close: a pool thread may be using the descriptor.
    shut_down_ = true;
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    CancelSocket();
  }

 protected:
  Error Failed(const boost::system::error_code& error) {
    if (deadline_.expired() && !shut_down_) return {ErrorKind::kTimeout, "the peer is too slow"};
    return {ErrorKind::kCancelled, "the peer has gone: " + error.message()};
  }

  void CancelSocket() {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }

  /// Sends FIN, then reads what the peer still sends for a bounded time: closing with unread input
  /// would make the kernel reset the connection, and the peer would lose the answer.
  asio::awaitable<void> Linger(bool refused) {
    boost::system::error_code ignored;
    if (!refused && socket_.available(ignored) == 0) co_return;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    deadline_.Set(milliseconds{2'000});
    std::int64_t budget = std::int64_t{16} << 20;
    std::array<char, 8192> sink;
    while (budget > 0 && !shut_down_ && !deadline_.expired()) {
      const auto [error, size] = co_await socket_.async_read_some(asio::buffer(sink), kAwait);
      if (error) break;
      budget -= static_cast<std::int64_t>(size);
    }
    deadline_.Clear();
  }

  const ConnectionOptions options_;
  tcp::socket& socket_;  ///< The lowest layer, owned by the derived class.
  Deadline deadline_;
  bool shut_down_ = false;
};

}  // namespace sluice::http
