// What Boost.Beast reaches here with nothing behind it: coroutines that read a request and answer
// it with 9 KB that are the same each time. The figure that the server's own are compared with.
//
//   beast_floor [THREADS]      prints its port, and serves until it is killed
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
const std::string kAnswer(9 << 10, 'x');

asio::awaitable<void> Serve(tcp::socket socket) {
  socket.set_option(tcp::no_delay(true));
  boost::beast::flat_buffer buffer;
  for (;;) {
    http::request<http::string_body> request;
    const auto [failed, size] = co_await http::async_read(socket, buffer, request, kAwait);
    if (failed) co_return;
    http::response<http::string_body> response(http::status::ok, request.version());
    response.set(http::field::content_type, "application/json");
    response.body() = kAnswer;
    response.prepare_payload();
    const auto [broken, sent] = co_await http::async_write(socket, response, kAwait);
    if (broken) co_return;
  }
}

asio::awaitable<void> Accept(tcp::acceptor& acceptor,
                             std::vector<std::unique_ptr<asio::io_context>>& loops) {
  for (std::size_t turn = 0;; ++turn) {
    asio::io_context& loop = *loops[turn % loops.size()];
    auto [failed, socket] = co_await acceptor.async_accept(loop, kAwait);
    if (!failed) asio::co_spawn(loop, Serve(std::move(socket)), asio::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::max(1, std::atoi(argv[1])) : 2;
  std::vector<std::unique_ptr<asio::io_context>> loops;
  for (int i = 0; i < threads; ++i) loops.push_back(std::make_unique<asio::io_context>(1));
  tcp::acceptor acceptor(*loops[0], {asio::ip::address_v4::loopback(), 0});
  std::printf("%d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  asio::co_spawn(*loops[0], Accept(acceptor, loops), asio::detached);
  std::vector<std::jthread> others;
  for (int i = 1; i < threads; ++i) {
    others.emplace_back([loop = loops[static_cast<std::size_t>(i)].get()] {
      const auto guard = asio::make_work_guard(*loop);
      loop->run();
    });
  }
  loops[0]->run();
}
