// A bounded load: a number of keep-alive connections that each send one request after the other
// for some seconds. Prints one JSON object. Plain HTTP on loopback is all it knows.
//
//   http_load CONNECTIONS SECONDS METHOD URL [BODY]
//
// The bearer token is taken from SLUICE_BENCH_TOKEN, so that no list of processes shows it.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/uri.h"

namespace sluice {
namespace {

using Time = std::chrono::steady_clock::time_point;

/// Finds the end of an answer in bytes that arrive in pieces.
class AnswerReader {
 public:
  /// Takes bytes; true when the answer is complete.
  bool Take(std::string_view bytes) {
    buffer_.append(bytes);
    if (!head_done_ && !ReadHead()) return false;
    return chunked_ ? ReadChunks() : buffer_.size() >= length_;
  }
  int status() const { return status_; }
  std::size_t size() const { return size_; }
  void Reset() { *this = {}; }

 private:
  bool ReadHead() {
    const std::size_t end = buffer_.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    std::string head = buffer_.substr(0, end + 2);
    for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    buffer_.erase(0, end + 4);
    head_done_ = true;
    status_ = head.size() > 12 ? std::atoi(head.c_str() + 9) : 0;
    chunked_ = head.find("\r\ntransfer-encoding: chunked") != std::string::npos;
    if (const std::size_t at = head.find("\r\ncontent-length:"); at != std::string::npos) {
      length_ = std::strtoull(head.c_str() + at + 17, nullptr, 10);
    }
    size_ = length_;
    return true;
  }
  bool ReadChunks() {
    for (;;) {
      const std::size_t line = buffer_.find("\r\n", at_);
      if (line == std::string::npos) return false;
      const std::size_t chunk = std::strtoull(buffer_.c_str() + at_, nullptr, 16);
      const std::size_t next = line + 2 + chunk + 2;
      if (buffer_.size() < next) return false;
      if (chunk == 0) return true;
      size_ += chunk;
      at_ = next;
    }
  }

  std::string buffer_;
  bool head_done_ = false;
  bool chunked_ = false;
  int status_ = 0;
  std::size_t length_ = 0;
  std::size_t size_ = 0;
  std::size_t at_ = 0;
};

struct Connection {
  int fd = -1;
  Time sent;
  AnswerReader answer;
};

struct Tally {
  std::vector<double> millis;
  std::size_t failed = 0;
  std::size_t bytes = 0;
};

int Connect(const Uri& uri) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(uri.port));
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const std::string host = uri.host == "localhost" ? "127.0.0.1" : uri.host;
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1 ||
      ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

class Load {
 public:
  Load(Uri uri, std::string request) : uri_(std::move(uri)), request_(std::move(request)) {}

  /// False when a connection cannot be made.
  bool Run(int connections, double seconds) {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    connections_.resize(static_cast<std::size_t>(connections));
    for (auto& connection : connections_) {
      if (!Open(&connection)) return false;
    }
    begin_ = std::chrono::steady_clock::now();
    const Time end = begin_ + std::chrono::milliseconds(static_cast<int>(seconds * 1000));
    std::vector<epoll_event> events(connections_.size());
    while (std::chrono::steady_clock::now() < end) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < count; ++i) Receive(static_cast<Connection*>(events[i].data.ptr));
    }
    end_ = std::chrono::steady_clock::now();
    for (auto& connection : connections_) ::close(connection.fd);
    ::close(epoll_);
    return true;
  }

  void Print() {
    auto& millis = tally_.millis;
    std::sort(millis.begin(), millis.end());
    const auto percentile = [&](double part) {
      if (millis.empty()) return 0.0;
      return millis[std::min(millis.size() - 1,
                             static_cast<std::size_t>(part * static_cast<double>(millis.size())))];
    };
    const double seconds = std::chrono::duration<double>(end_ - begin_).count();
    std::printf("%s\n",
                fmt::format(R"({{"requests":{},"failed":{},"seconds":{:.3f},"per_second":{:.1f},)"
                            R"("bytes":{},"p50_ms":{:.3f},"p99_ms":{:.3f}}})",
                            millis.size(), tally_.failed, seconds,
                            static_cast<double>(millis.size()) / seconds, tally_.bytes,
                            percentile(0.5), percentile(0.99))
                    .c_str());
  }

 private:
  bool Open(Connection* connection) {
    connection->fd = Connect(uri_);
    if (connection->fd < 0) return false;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = connection;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection->fd, &event);
    Send(connection);
    return true;
  }
  void Send(Connection* connection) {
    connection->answer.Reset();
    connection->sent = std::chrono::steady_clock::now();
    if (::send(connection->fd, request_.data(), request_.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request_.size())) {
      ++tally_.failed;
    }
  }
  void Receive(Connection* connection) {
    static thread_local char data[64 << 10];
    const ssize_t count = ::recv(connection->fd, data, sizeof(data), 0);
    if (count <= 0) {
      ++tally_.failed;
      ::close(connection->fd);
      Open(connection);
      return;
    }
    if (!connection->answer.Take({data, static_cast<std::size_t>(count)})) return;
    if (connection->answer.status() == 200) {
      const auto taken = std::chrono::steady_clock::now() - connection->sent;
      tally_.millis.push_back(std::chrono::duration<double, std::milli>(taken).count());
      tally_.bytes += connection->answer.size();
    } else {
      ++tally_.failed;
    }
    Send(connection);
  }

  const Uri uri_;
  const std::string request_;
  int epoll_ = -1;
  std::vector<Connection> connections_;
  Tally tally_;
  Time begin_;
  Time end_;
};

int Main(int argc, char** argv) {
  if (argc < 5 || argc > 6) {
    std::fprintf(stderr, "usage: http_load CONNECTIONS SECONDS METHOD URL [BODY]\n");
    return 2;
  }
  const auto uri = ParseUri(argv[4]);
  if (!uri || uri->scheme != "http" || uri->port < 0) {
    std::fprintf(stderr, "http_load: the URL must be http:// with a port\n");
    return 2;
  }
  const std::string body = argc > 5 ? argv[5] : "";
  std::string request =
      fmt::format("{} {} HTTP/1.1\r\nHost: {}:{}\r\n", argv[3],
                  uri->path + (uri->query.empty() ? "" : "?" + uri->query), uri->host, uri->port);
  if (const char* token = std::getenv("SLUICE_BENCH_TOKEN")) {
    request += fmt::format("Authorization: Bearer {}\r\n", token);
  }
  if (std::string_view(argv[3]) == "POST") {
    request += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
  }
  request += "\r\n" + body;
  Load load(*uri, std::move(request));
  if (!load.Run(std::max(1, std::atoi(argv[1])), std::max(0.1, std::atof(argv[2])))) {
    std::fprintf(stderr, "http_load: cannot connect to %s\n", uri->Origin().c_str());
    return 1;
  }
  load.Print();
  return 0;
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  return sluice::Main(argc, argv);
}
