// One connection, plain or TLS, with its deadlines. Belongs to its loop's thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "base/thread_pool.h"
#include "server/http/loop.h"
#include "server/http/options.h"

namespace sluice::http {

/// Errors of all calls: kTimeout when the deadline passed (the connection stays usable for a last
/// answer), kCancelled when the peer has gone or the connection was shut down.
class Connection {
 public:
  virtual ~Connection() = default;

  /// Ready for the first request: the TLS handshake, or nothing.
  virtual boost::asio::awaitable<Status> Handshake() = 0;
  /// Some bytes; 0 at the end of the stream. Honours `deadline()`.
  virtual boost::asio::awaitable<Result<std::size_t>> Read(std::span<char> buffer) = 0;
  /// All of `head`, then all of `body`. Fails when the peer takes nothing for the stall time.
  virtual boost::asio::awaitable<Status> Write(std::string_view head, std::string_view body) = 0;
  /// `length` bytes of a file from `offset`. The disk is read on `pool`.
  virtual boost::asio::awaitable<Status> WriteFile(std::shared_ptr<const FileHandle> file,
                                                   std::int64_t offset, std::int64_t length,
                                                   ThreadPool& pool) = 0;
  /// Says goodbye so that the peer gets the last answer even while it still sends, which `refused`
  /// or unread input make likely.
  virtual boost::asio::awaitable<void> Close(bool refused) = 0;
  /// Ends all running and later calls.
  virtual void ShutDown() = 0;

  /// For Read; the caller sets it before a step and clears it after.
  virtual Deadline& deadline() = 0;
  const Peer& peer() const { return peer_; }

 protected:
  explicit Connection(Peer peer) : peer_(std::move(peer)) {}

 private:
  Peer peer_;
};

struct ConnectionOptions {
  Loop* loop = nullptr;
  milliseconds handshake_timeout{10'000};
  milliseconds write_stall_timeout{60'000};
};

std::unique_ptr<Connection> MakePlainConnection(boost::asio::ip::tcp::socket socket,
                                                const ConnectionOptions& options);
std::unique_ptr<Connection> MakeTlsConnection(boost::asio::ip::tcp::socket socket,
                                              std::shared_ptr<boost::asio::ssl::context> context,
                                              const ConnectionOptions& options);

}  // namespace sluice::http
