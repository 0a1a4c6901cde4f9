// A small HTTP/1.1 server on a loopback port for tests: a handler writes what it likes, byte for
// byte, so that answers can be wrong in every way.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/ascii.h"

namespace sluice::net {

struct TestRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  ///< Names in lower case.
  std::string body;
};

/// One accepted connection, in the hands of a handler.
class TestConnection {
 public:
  TestConnection(int fd, SSL_CTX* tls) : fd_(fd) {
    if (tls != nullptr) {
      ssl_ = SSL_new(tls);
      SSL_set_fd(ssl_, fd);
      open_ = SSL_accept(ssl_) == 1;
    }
  }
  ~TestConnection() {
    if (ssl_ != nullptr) {
      if (!SSL_is_init_finished(ssl_)) Linger();
      SSL_shutdown(ssl_);
      SSL_free(ssl_);
    }
    ::close(fd_);
  }
  TestConnection(const TestConnection&) = delete;
  TestConnection& operator=(const TestConnection&) = delete;

  void Write(std::string_view bytes) {
    while (open_ && !bytes.empty()) {
      const auto count = ssl_ != nullptr
                             ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                             : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) {
        open_ = false;
      } else {
        bytes.remove_prefix(static_cast<std::size_t>(count));
      }
    }
  }

  /// A whole answer with its Content-Length; `headers` are lines that end in CRLF.
  void Answer(std::string_view status, std::string_view body, std::string_view headers = {}) {
    std::string text = "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(headers);
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    Write(text + std::string(body));
  }

  /// Ends the connection after what was written, in order.
  void Close() { open_ = false; }

  /// Ends it with a reset, which loses what the peer has not read.
  void Reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    open_ = false;
  }

  /// Returns when the peer has closed, or the server stops.
  void WaitForClose() {
    char ignored[256];
    while (open_ && Receive(ignored, sizeof(ignored)) > 0) {
    }
    open_ = false;
  }

  bool ReadRequest(TestRequest* request);

 private:
  /// A reset would lose the alert that tells the peer why its handshake failed.
  void Linger() const {
    ::shutdown(fd_, SHUT_WR);
    const timeval most{5, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
    for (char rest[512]; ::recv(fd_, rest, sizeof(rest), 0) > 0;) continue;
  }

  long Receive(char* data, std::size_t size) {
    return ssl_ != nullptr ? SSL_read(ssl_, data, static_cast<int>(size))
                           : ::recv(fd_, data, size, 0);
  }
  bool Fill() {
    char data[4096];
    const long count = open_ ? Receive(data, sizeof(data)) : 0;
    if (count <= 0) return false;
    unread_.append(data, static_cast<std::size_t>(count));
    return true;
  }

  const int fd_;
  SSL* ssl_ = nullptr;
  bool open_ = true;
  std::string unread_;
};

inline bool TestConnection::ReadRequest(TestRequest* request) {
  std::size_t end = 0;
  while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return false;
  }
  const std::string head = unread_.substr(0, end + 2);
  unread_.erase(0, end + 4);
  const std::size_t first = head.find(' ');
  const std::size_t second = head.find(' ', first + 1);
  request->method = head.substr(0, first);
  request->target = head.substr(first + 1, second - first - 1);
  for (std::size_t begin = head.find("\r\n") + 2; begin < head.size();) {
    const std::size_t line_end = head.find("\r\n", begin);
    const std::size_t colon = head.find(':', begin);
    const std::size_t value = std::min(head.find_first_not_of(' ', colon + 1), line_end);
    request->headers[ToLower(head.substr(begin, colon - begin))] =
        head.substr(value, line_end - value);
    begin = line_end + 2;
  }
  std::size_t length = 0;
  if (const auto found = request->headers.find("content-length"); found != request->headers.end()) {
    length = std::stoul(found->second);
  }
  while (unread_.size() < length) {
    if (!Fill()) return false;
  }
  request->body = unread_.substr(0, length);
  unread_.erase(0, length);
  return true;
}

/// Serves until it is destroyed. A connection is kept until its handler closes it.
class TestServer {
 public:
  using Handler = std::function<void(const TestRequest&, TestConnection&)>;

  /// `handler` runs on a thread a connection. `tls` may be null; the caller keeps it. `port` may be
  /// that of a server that is gone; 0: any.
  explicit TestServer(Handler handler, SSL_CTX* tls = nullptr, int port = 0)
      : handler_(std::move(handler)), tls_(tls), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    const int again = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &again, sizeof(again));
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 64), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~TestServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
    ::close(listener_);
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  int port() const { return port_; }
  std::string Url(std::string_view path) const {
    return (tls_ != nullptr ? "https://" : "http://") + std::string("127.0.0.1:") +
           std::to_string(port_) + std::string(path);
  }
  int connections() const { return connections_; }
  std::vector<TestRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Accept() {
    for (;;) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      ++connections_;
      const std::lock_guard lock(mutex_);
      open_.push_back(fd);
      threads_.emplace_back([this, fd] { Serve(fd); });
    }
  }
  void Serve(int fd) {
    // TLS writes without MSG_NOSIGNAL. Only here: the client under test must do without.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    auto connection = std::make_unique<TestConnection>(fd, tls_);
    for (TestRequest request; connection->ReadRequest(&request); request = {}) {
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      handler_(request, *connection);
    }
    // Under the lock: the number may be given to another connection as soon as it is closed.
    const std::lock_guard lock(mutex_);
    std::erase(open_, fd);
    connection.reset();
  }

  const Handler handler_;
  SSL_CTX* const tls_;
  const int listener_;
  int port_ = 0;
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  std::vector<TestRequest> requests_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace sluice::net
