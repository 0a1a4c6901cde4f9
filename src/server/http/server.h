// The listener: accepts connections, spreads them over the loops, and stops gracefully.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/network.h"
#include "base/result.h"
#include "base/thread_pool.h"
#include "server/http/exchange.h"
#include "server/http/loop.h"
#include "server/http/options.h"
#include "server/http/session.h"

namespace sluice::http {

struct ServerOptions {
  std::string host = "127.0.0.1";  ///< An address or a name; "::" listens on IPv4 as well.
  int port = 0;                    ///< 0: any free one.
  int loops = 1;                   ///< Threads for sockets.
  ServerSettings settings;
  ErrorRenderer render_error;
};

/// Thread-safe.
class Server {
 public:
  /// Binds, listens and starts. `pool` renders, compresses and reads files; it outlives the server.
  /// Errors: kInvalidArgument for a host that is none, kAlreadyExists when the port is in use,
  /// kPermissionDenied when it may not be bound; messages name the address.
  static Result<std::unique_ptr<Server>> Start(ServerOptions options, Handler handler,
                                               ThreadPool& pool);
  /// Breaks what is left.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// For connections from now on; those that are there keep what they began with.
  void Apply(ServerSettings settings);
  std::shared_ptr<const ServerSettings> settings() const;

  int port() const;  ///< The bound port.
  int connections() const;
  std::int64_t buffered_bytes() const;  ///< Of Limits::max_buffered_bytes, now.

  /// Stops accepting, closes idle connections and waits until running answers are sent, at most
  /// `grace`; then breaks the rest. False when something had to be broken.
  bool Stop(milliseconds grace);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::http
