// A server around a handler, for tests.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <vector>

#include "base/thread_pool.h"
#include "server/http/middleware.h"
#include "server/http/server.h"

namespace sluice::http {

inline Response TextResponse(int status, std::string_view text) {
  Response response;
  response.head.status = status;
  response.head.content_type = "text/plain";
  response.body = text;
  return response;
}

/// Keeps what was logged.
class RecordingSink : public observe::AccessSink {
 public:
  void Write(const observe::AccessRecord& record) override {
    const std::lock_guard lock(mutex_);
    records_.push_back(record);
    written_.notify_all();
  }
  /// Waits until so many were written.
  std::vector<observe::AccessRecord> WaitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    written_.wait_for(lock, std::chrono::seconds(20), [&] { return records_.size() >= count; });
    return records_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable written_;
  std::vector<observe::AccessRecord> records_;
};

/// The middlewares of the program around a handler, on any free port.
class TestServer {
 public:
  explicit TestServer(Handler handler, Limits limits = {},
                      std::shared_ptr<boost::asio::ssl::context> tls = nullptr, int loops = 2,
                      Networks proxies = {}) {
    ServerOptions options;
    options.settings.limits = limits;
    options.settings.proxies = std::move(proxies);
    options.loops = loops;
    options.render_error = TextResponse;
    options.settings.tls = std::move(tls);
    auto chained = Chain(
        {AccessLog(sink), CountRequests(metrics), EnforceLimits(TextResponse), NegotiateGzip()},
        std::move(handler));
    auto started = Server::Start(std::move(options), std::move(chained), pool);
    if (!started) throw std::runtime_error(started.error().message);
    server = *std::move(started);
  }

  int port() const { return server->port(); }

  RecordingSink sink;
  observe::Metrics metrics;
  ThreadPool pool{2};
  WorkQueue queue{pool, 1000};
  std::unique_ptr<Server> server;
};

}  // namespace sluice::http
