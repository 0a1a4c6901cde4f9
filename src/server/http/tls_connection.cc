#include <unistd.h>

#include <boost/asio/ssl/stream.hpp>
#include <cerrno>

#include "server/http/connection_base.h"
#include "server/http/offload.h"

namespace sluice::http {
namespace {

/// A TLS record's worth: a head and a small body leave in one.
constexpr std::size_t kRecordBytes = 16 << 10;
constexpr std::int64_t kFileReadBytes = 256 << 10;

struct StreamHolder {
  std::shared_ptr<asio::ssl::context> context;
  asio::ssl::stream<tcp::socket> stream;
};

class TlsConnection : private StreamHolder, public ConnectionBase {
 public:
  TlsConnection(tcp::socket socket, std::shared_ptr<asio::ssl::context> tls,
                const ConnectionOptions& options)
      : StreamHolder{tls, asio::ssl::stream<tcp::socket>(std::move(socket), *tls)},
        ConnectionBase(stream.next_layer(), true, options) {}

  asio::awaitable<Status> Handshake() override {
    deadline_.Set(options_.handshake_timeout);
    const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, kAwait);
    if (error) co_return Fail(Failed(error));
    deadline_.Clear();
    established_ = true;
    co_return Status();
  }

  asio::awaitable<Result<std::size_t>> Read(std::span<char> buffer) override {
    const auto [error, size] =
        co_await stream.async_read_some(asio::buffer(buffer.data(), buffer.size()), kAwait);
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
      co_return std::size_t{0};
    }
    if (error) co_return Fail(Failed(error));
    co_return size;
  }

  asio::awaitable<Status> Write(std::string_view head, std::string_view body) override {
    std::string joined;
    if (!head.empty() && !body.empty() && head.size() + body.size() <= kRecordBytes) {
      joined.reserve(head.size() + body.size());
      joined.append(head).append(body);
      head = joined;
      body = {};
    }
    SLUICE_CO_RETURN_IF_ERROR(co_await WriteAll(head));
    SLUICE_CO_RETURN_IF_ERROR(co_await WriteAll(body));
    co_return Status();
  }

  asio::awaitable<Status> WriteFile(std::shared_ptr<const FileHandle> file, std::int64_t offset,
                                    std::int64_t length, ThreadPool& pool) override {
    while (length > 0) {
      auto read = [file, offset, size = std::min(length, kFileReadBytes)] {
        std::string bytes(static_cast<std::size_t>(size), '\0');
        const ssize_t got = ::pread(file->descriptor(), bytes.data(), bytes.size(), offset);
        bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return bytes;
      };
      const auto bytes = co_await Offload(*options_.loop, pool, milliseconds{0}, std::move(read));
      if (bytes->empty()) co_return Fail(ErrorKind::kDataMissing, "the file became shorter");
      offset += static_cast<std::int64_t>(bytes->size());
      length -= static_cast<std::int64_t>(bytes->size());
      SLUICE_CO_RETURN_IF_ERROR(co_await WriteAll(*bytes));
    }
    co_return Status();
  }

  asio::awaitable<void> Close(bool refused) override {
    if (established_ && !shut_down_) {
      deadline_.Set(milliseconds{1'000});
      co_await stream.async_shutdown(kAwait);
      deadline_.Clear();
    }
    co_await Linger(refused);
  }

 private:
  asio::awaitable<Status> WriteAll(std::string_view bytes) {
    while (!bytes.empty()) {
      deadline_.Set(options_.write_stall_timeout);
      const auto [error, size] = co_await stream.async_write_some(asio::buffer(bytes), kAwait);
      if (error) co_return Fail(Failed(error));
      bytes.remove_prefix(size);
    }
    deadline_.Clear();
    co_return Status();
  }

  bool established_ = false;
};

}  // namespace

std::unique_ptr<Connection> MakeTlsConnection(tcp::socket socket,
                                              std::shared_ptr<asio::ssl::context> context,
                                              const ConnectionOptions& options) {
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  return std::make_unique<TlsConnection>(std::move(socket), std::move(context), options);
}

}  // namespace sluice::http
