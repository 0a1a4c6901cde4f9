#include <sys/sendfile.h>

#include <cerrno>

#include "server/http/connection_base.h"
#include "server/http/offload.h"

namespace sluice::http {
namespace {

/// Owns the socket before the base class that refers to it.
struct SocketHolder {
  tcp::socket held_socket;
};

class PlainConnection : private SocketHolder, public ConnectionBase {
 public:
  PlainConnection(tcp::socket socket, const ConnectionOptions& options)
      : SocketHolder{std::move(socket)}, ConnectionBase(held_socket, false, options) {}

  asio::awaitable<Status> Handshake() override { co_return Status(); }

  asio::awaitable<Result<std::size_t>> Read(std::span<char> buffer) override {
    const auto [error, size] =
        co_await socket_.async_read_some(asio::buffer(buffer.data(), buffer.size()), kAwait);
    if (error == asio::error::eof) co_return std::size_t{0};
    if (error) co_return Fail(Failed(error));
    co_return size;
  }

  asio::awaitable<Status> Write(std::string_view head, std::string_view body) override {
    while (!head.empty() || !body.empty()) {
      const std::array<asio::const_buffer, 2> buffers = {asio::buffer(head), asio::buffer(body)};
      boost::system::error_code error;
      // Most answers fit into the socket's buffer: no suspension then.
      std::size_t size = socket_.write_some(buffers, error);
      if (error == asio::error::would_block) {
        deadline_.Set(options_.write_stall_timeout);
        const auto [wait_error] = co_await socket_.async_wait(tcp::socket::wait_write, kAwait);
        if (wait_error) co_return Fail(Failed(wait_error));
        deadline_.Clear();
        continue;
      }
      if (error) co_return Fail(Failed(error));
      const std::size_t from_head = std::min(size, head.size());
      head.remove_prefix(from_head);
      body.remove_prefix(size - from_head);
    }
    co_return Status();
  }

  asio::awaitable<Status> WriteFile(std::shared_ptr<const FileHandle> file, std::int64_t offset,
                                    std::int64_t length, ThreadPool& pool) override {
    const int descriptor = socket_.native_handle();
    while (length > 0) {
      // On the pool, because sendfile waits for the disk; the socket itself never makes it wait.
      auto send = [file, descriptor, offset, length]() -> std::pair<ssize_t, int> {
        off_t position = offset;
        const auto piece = static_cast<std::size_t>(std::min(length, std::int64_t{8} << 20));
        const ssize_t sent = ::sendfile(descriptor, file->descriptor(), &position, piece);
        return {sent, errno};
      };
      const auto sent = co_await Offload(*options_.loop, pool, milliseconds{0}, std::move(send));
      if (sent->first > 0) {
        offset += sent->first;
        length -= sent->first;
        continue;
      }
      if (sent->first == 0) co_return Fail(ErrorKind::kDataMissing, "the file became shorter");
      if (sent->second == EINTR) continue;
      if (sent->second != EAGAIN) {
        co_return Fail(Failed({sent->second, boost::system::system_category()}));
      }
      deadline_.Set(options_.write_stall_timeout);
      const auto [error] = co_await socket_.async_wait(tcp::socket::wait_write, kAwait);
      if (error) co_return Fail(Failed(error));
      deadline_.Clear();
    }
    co_return Status();
  }

  asio::awaitable<void> Close(bool refused) override { co_await Linger(refused); }
};

}  // namespace

std::unique_ptr<Connection> MakePlainConnection(tcp::socket socket,
                                                const ConnectionOptions& options) {
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  return std::make_unique<PlainConnection>(std::move(socket), options);
}

}  // namespace sluice::http
