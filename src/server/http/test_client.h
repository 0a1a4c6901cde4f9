// A client for tests: raw bytes over a blocking socket, and answers taken apart. Reads give up
// after 20 seconds, so that a test ends.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "base/ascii.h"

namespace sluice::http {

struct TestAnswer {
  int status = 0;                              ///< 0: the connection ended before an answer.
  std::map<std::string, std::string> headers;  ///< Names in lower case.
  std::string body;
  bool complete = false;  ///< The body ended as the head promised.

  std::string Get(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

class TestClient {
 public:
  explicit TestClient(int port, int receive_buffer = 0) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval limit{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (receive_buffer > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~TestClient() { Leave(); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  bool connected() const { return connected_; }

  /// False when the peer has closed.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Some bytes; empty at the end of the stream, on a reset and after 20 seconds.
  std::string ReadSome(std::size_t most = 65536) {
    if (!buffer_.empty()) {
      std::string out = buffer_.substr(0, most);
      buffer_.erase(0, out.size());
      return out;
    }
    std::string out(most, '\0');
    const ssize_t got = ::recv(fd_, out.data(), out.size(), 0);
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return out;
  }

  std::string ReadToEnd() {
    std::string out;
    for (std::string some = ReadSome(); !some.empty(); some = ReadSome()) out += some;
    return out;
  }

  /// The next answer on the connection. `head_only`: to a HEAD request.
  TestAnswer Read(bool head_only = false) {
    TestAnswer answer;
    std::string head;
    if (!ReadUntil("\r\n\r\n", &head)) return answer;
    ParseHead(head, &answer);
    if (head_only || answer.status == 204 || answer.status == 304 || answer.status == 100) {
      answer.complete = true;
    } else if (answer.Get("transfer-encoding") == "chunked") {
      ReadChunks(&answer);
    } else if (answer.headers.contains("content-length")) {
      const auto length = static_cast<std::size_t>(
          std::strtoull(answer.Get("content-length").c_str(), nullptr, 10));
      answer.complete = ReadExactly(length, &answer.body);
    } else {
      answer.body = ReadToEnd();
      answer.complete = true;
    }
    return answer;
  }

  /// Sends and reads one request with a Host header.
  TestAnswer Ask(std::string_view method, std::string_view target, std::string_view headers = "",
                 std::string_view body = "") {
    std::string request(method);
    request.append(" ").append(target).append(" HTTP/1.1\r\nHost: test\r\n").append(headers);
    if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    request.append("\r\n").append(body);
    if (!Send(request)) return {};
    return Read(method == "HEAD");
  }

  /// Breaks the connection with a reset.
  void Reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    Leave();
  }
  void Leave() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  bool More() {
    std::string some(65536, '\0');
    const ssize_t got = ::recv(fd_, some.data(), some.size(), 0);
    if (got <= 0) return false;
    buffer_.append(some, 0, static_cast<std::size_t>(got));
    return true;
  }
  bool ReadUntil(std::string_view mark, std::string* out) {
    std::size_t at = buffer_.find(mark);
    while (at == std::string::npos) {
      if (!More()) return false;
      at = buffer_.find(mark);
    }
    *out = buffer_.substr(0, at + mark.size());
    buffer_.erase(0, out->size());
    return true;
  }
  bool ReadExactly(std::size_t size, std::string* out) {
    while (buffer_.size() < size) {
      if (!More()) {
        *out += buffer_;
        buffer_.clear();
        return false;
      }
    }
    out->append(buffer_, 0, size);
    buffer_.erase(0, size);
    return true;
  }
  void ReadChunks(TestAnswer* answer) {
    for (;;) {
      std::string line;
      if (!ReadUntil("\r\n", &line)) return;
      const auto size = static_cast<std::size_t>(std::strtoull(line.c_str(), nullptr, 16));
      std::string end;
      if (size > 0 && !ReadExactly(size, &answer->body)) return;
      if (!ReadExactly(2, &end)) return;
      if (size == 0) {
        answer->complete = true;
        return;
      }
    }
  }
  static void ParseHead(const std::string& head, TestAnswer* answer) {
    const std::string status = head.substr(std::min<std::size_t>(9, head.size()), 3);
    answer->status = static_cast<int>(std::strtol(status.c_str(), nullptr, 10));
    std::size_t at = head.find("\r\n") + 2;
    while (at < head.size()) {
      const std::size_t end = head.find("\r\n", at);
      const std::size_t colon = head.find(':', at);
      if (end == at || colon == std::string::npos) break;
      answer->headers[ToLower(head.substr(at, colon - at))] =
          head.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
  }

  int fd_;
  bool connected_ = false;
  std::string buffer_;
};

}  // namespace sluice::http
