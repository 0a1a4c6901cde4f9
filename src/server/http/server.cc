#include "server/http/server.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <csignal>
#include <future>
#include <list>

#include "base/clock.h"
#include "base/log.h"
#include "base/slot.h"

namespace sluice::http {
namespace {

using asio::ip::tcp;

/// Deadlines are as exact as a quarter of the shortest limit.
milliseconds TickOf(const Limits& limits) {
  milliseconds shortest =
      std::min({limits.handshake_timeout, limits.header_timeout, limits.body_timeout,
                limits.idle_timeout, limits.write_stall_timeout});
  if (limits.request_timeout.count() > 0) shortest = std::min(shortest, limits.request_timeout);
  return std::clamp(shortest / 4, milliseconds{5}, milliseconds{250});
}

Error BindError(const boost::system::error_code& error, const std::string& host, int port) {
  const std::string address = fmt::format("{}:{}", host, port);
  if (error == asio::error::address_in_use) {
    return {ErrorKind::kAlreadyExists,
            fmt::format("cannot listen on {}: the port is in use by another program", address)};
  }
  const bool denied = error == asio::error::access_denied;
  return {denied ? ErrorKind::kPermissionDenied : ErrorKind::kInvalidArgument,
          fmt::format("cannot listen on {}: {}", address, error.message())};
}

/// A loop, its sessions and what they share.
struct Lane {
  explicit Lane(milliseconds tick) : loop(tick) {}
  std::list<Session*> sessions;  ///< Touched on the loop only. Outlives the loop's coroutines.
  AnswerEnvironment answer;
  Loop loop;
};

}  // namespace

struct Server::Impl {
  using Settings = std::shared_ptr<const ServerSettings>;

  Impl(ServerOptions the_options, Handler handler, ThreadPool& the_pool)
      : options(std::move(the_options)),
        pool(the_pool),
        shared{std::move(handler), options.render_error} {
    settings.Set(std::make_shared<const ServerSettings>(std::move(options.settings)));
  }

  Status Listen();
  asio::awaitable<void> Accept();
  asio::awaitable<void> Serve(Lane& lane, tcp::socket socket, Settings now);
  asio::awaitable<void> TurnAway(Lane& lane, tcp::socket socket, Settings now);
  void ForEachSession(void (Session::*method)());
  void CloseListener();
  bool WaitForNone(milliseconds limit);

  void ConnectionEnded() {
    const std::lock_guard lock(mutex);
    if (--connections == 0) none.notify_all();
  }

  ServerOptions options;
  ThreadPool& pool;
  SessionEnvironment shared;
  Slot<ServerSettings> settings;
  std::atomic<std::int64_t> buffered_bytes{0};
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::condition_variable none;
  int connections = 0;  ///< Guarded by mutex; those turned away count too.
  std::vector<std::unique_ptr<Lane>> lanes;
  std::optional<tcp::acceptor> acceptor;  ///< On the first lane's loop.
  int bound_port = 0;
};

Status Server::Impl::Listen() {
  boost::system::error_code error;
  auto& context = lanes.front()->loop.context();
  tcp::resolver resolver(context);
  const auto found =
      resolver.resolve(options.host, std::to_string(options.port), tcp::resolver::passive, error);
  if (error || found.empty()) {
    return Fail(ErrorKind::kInvalidArgument, "cannot listen on '{}': no such address",
                options.host);
  }
  // A name such as localhost means IPv4 first: not every machine has the other.
  const auto v4 = std::find_if(found.begin(), found.end(), [](const auto& entry) {
    return entry.endpoint().address().is_v4();
  });
  const tcp::endpoint endpoint = v4 != found.end() ? v4->endpoint() : found.begin()->endpoint();
  acceptor.emplace(context);
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.address().is_v6() && endpoint.address().is_unspecified()) {
    acceptor->set_option(asio::ip::v6_only(false), error);
  }
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(1024, error);
  if (error) return Fail(BindError(error, options.host, options.port));
  bound_port = acceptor->local_endpoint(error).port();
  return {};
}

asio::awaitable<void> Server::Impl::Accept() {
  asio::steady_timer pause(lanes.front()->loop.context());
  for (std::size_t turn = 0; !stopping; ++turn) {
    Lane& lane = *lanes[turn % lanes.size()];
    auto [error, socket] = co_await acceptor->async_accept(lane.loop.context(), kAwait);
    if (stopping) break;
    if (error) {
      // Mostly too many open files: some will be closed soon.
      spdlog::warn("cannot accept a connection: {}", error.message());
      pause.expires_after(milliseconds{100});
      co_await pause.async_wait(kAwait);
      continue;
    }
    int open = 0;
    {
      const std::lock_guard lock(mutex);
      open = ++connections;
    }
    Settings now = settings.Get();
    const int limit = now->limits.max_connections;
    if (open > limit + std::max(limit / 8, 16)) {
      // Not even a refusal for all of them.
      boost::system::error_code ignored;
      socket.close(ignored);
      ConnectionEnded();
    } else {
      auto served = open > limit ? TurnAway(lane, std::move(socket), std::move(now))
                                 : Serve(lane, std::move(socket), std::move(now));
      asio::co_spawn(lane.loop.context(), std::move(served), asio::detached);
    }
  }
}

asio::awaitable<void> Server::Impl::Serve(Lane& lane, tcp::socket socket, Settings now) {
  const ConnectionOptions timeouts{&lane.loop, now->limits.handshake_timeout,
                                   now->limits.write_stall_timeout};
  AnswerEnvironment answer = lane.answer;
  answer.limits = &now->limits;
  try {
    Session session(now->tls == nullptr ? MakePlainConnection(std::move(socket), timeouts)
                                        : MakeTlsConnection(std::move(socket), now->tls, timeouts),
                    shared, answer, now);
    const auto place = lane.sessions.insert(lane.sessions.end(), &session);
    if (stopping) session.Finish();
    co_await session.Run();
    lane.sessions.erase(place);
  } catch (const std::exception& error) {
    spdlog::error("a connection failed: {}", error.what());
  }
  ConnectionEnded();
}

asio::awaitable<void> Server::Impl::TurnAway(Lane& lane, tcp::socket socket, Settings now) {
  if (now->tls == nullptr) {
    const ConnectionOptions timeouts{&lane.loop, now->limits.handshake_timeout,
                                     milliseconds{1'000}};
    AnswerEnvironment answer = lane.answer;
    answer.limits = &now->limits;
    const auto connection = MakePlainConnection(std::move(socket), timeouts);
    auto request = std::make_shared<Request>();
    request->id = MakeRequestId();
    request->peer = connection->peer();
    request->received_ms = SystemClock().NowMillis();
    request->received_at = std::chrono::steady_clock::now();
    request->refusal = Refusal{503, "too many connections; try again soon"};
    ResponseWriter writer(*request, *connection, answer);
    writer.CloseAfter();
    Exchange exchange(request, writer);
    co_await shared.handler(exchange);
    co_await connection->Close(true);
  }
  ConnectionEnded();
}

void Server::Impl::ForEachSession(void (Session::*method)()) {
  for (const auto& lane : lanes) {
    asio::post(lane->loop.context(), [lane = lane.get(), method] {
      for (auto place = lane->sessions.begin(); place != lane->sessions.end();) {
        Session* session = *place++;  // It may end, and leave the list, within the call.
        (session->*method)();
      }
    });
  }
}

void Server::Impl::CloseListener() {
  std::promise<void> closed;
  asio::post(lanes.front()->loop.context(), [this, &closed] {
    boost::system::error_code ignored;
    acceptor->close(ignored);
    closed.set_value();
  });
  closed.get_future().wait();
}

bool Server::Impl::WaitForNone(milliseconds limit) {
  std::unique_lock lock(mutex);
  return none.wait_for(lock, limit, [this] { return connections == 0; });
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Server>> Server::Start(ServerOptions options, Handler handler,
                                              ThreadPool& pool) {
  // sendfile has no flag against it, and a peer that leaves must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler), pool);
  const auto settings = impl->settings.Get();
  for (int i = 0; i < std::max(1, impl->options.loops); ++i) {
    auto lane = std::make_unique<Lane>(TickOf(settings->limits));
    lane->answer = {&lane->loop, &pool, nullptr, &impl->buffered_bytes};
    impl->lanes.push_back(std::move(lane));
  }
  SLUICE_RETURN_IF_ERROR(impl->Listen());
  asio::co_spawn(impl->lanes.front()->loop.context(), impl->Accept(), asio::detached);
  for (const auto& lane : impl->lanes) lane->loop.Start();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::~Server() {
  Stop(milliseconds{0});
}

void Server::Apply(ServerSettings settings) {
  impl_->settings.Set(std::make_shared<const ServerSettings>(std::move(settings)));
}

std::shared_ptr<const ServerSettings> Server::settings() const {
  return impl_->settings.Get();
}

std::int64_t Server::buffered_bytes() const {
  return impl_->buffered_bytes.load(std::memory_order_relaxed);
}

int Server::port() const {
  return impl_->bound_port;
}

int Server::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->connections;
}

bool Server::Stop(milliseconds grace) {
  if (!impl_->stopping.exchange(true)) impl_->CloseListener();
  impl_->ForEachSession(&Session::Finish);
  if (impl_->WaitForNone(grace)) return true;
  impl_->ForEachSession(&Session::ShutDown);
  // Sessions end when their running work does; repeated, for those that were just being accepted.
  while (!impl_->WaitForNone(milliseconds{50})) impl_->ForEachSession(&Session::ShutDown);
  return false;
}

}  // namespace sluice::http
