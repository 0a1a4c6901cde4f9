// One connection's life: requests read, handled and answered one after the other.
#pragma once

#include <memory>

#include "base/network.h"
#include "server/http/connection.h"
#include "server/http/exchange.h"
#include "server/http/options.h"
#include "server/http/request_reader.h"

namespace sluice::http {

/// What may change while a server runs.
struct ServerSettings {
  std::shared_ptr<boost::asio::ssl::context> tls;  ///< Null: plain HTTP.
  Limits limits;
  Networks proxies;  ///< Whose word on the client is taken; see forwarded.h.
};

/// What all sessions of a server share.
struct SessionEnvironment {
  Handler handler;
  ErrorRenderer render_error;
};

/// Belongs to its loop's thread.
class Session {
 public:
  Session(std::unique_ptr<Connection> connection, const SessionEnvironment& shared,
          const AnswerEnvironment& answer, std::shared_ptr<const ServerSettings> settings);

  /// Runs until the connection is closed.
  asio::awaitable<void> Run();
  /// No further request: at once when idle, else after the running answer.
  void Finish();
  /// Breaks the connection.
  void ShutDown() { connection_->ShutDown(); }

 private:
  asio::awaitable<bool> Answer(ReadRequest read);

  std::unique_ptr<Connection> connection_;
  const SessionEnvironment& shared_;
  const std::shared_ptr<const ServerSettings> settings_;
  const AnswerEnvironment answer_;
  RequestReader reader_;
  bool finishing_ = false;
};

}  // namespace sluice::http
