#include "server/http/server.h"

#include <future>
#include <set>

#include "server/http/test_client.h"
#include "server/http/test_server.h"

namespace sluice::http {
namespace {

using testing::HasSubstr;

/// Answers with what was asked.
asio::awaitable<void> Echo(Exchange& exchange) {
  const Request& request = *exchange.request;
  Response response =
      TextResponse(200, fmt::format("{} {}?{} x={} body={}", request.method, request.path,
                                    request.query, request.Get("x-test"), request.body));
  co_await exchange.response.Send(std::move(response));
}

TEST(Server, AnswersAndKeepsTheConnection) {
  TestServer server(Echo);
  TestClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    const auto answer =
        client.Ask("GET", fmt::format("/a%20b/{}?q=1&r", i), "X-TeSt: yes\r\nX-Test: second\r\n");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, fmt::format("GET /a%20b/{}?q=1&r x=yes body=", i));
    EXPECT_EQ(answer.Get("content-type"), "text/plain");
    EXPECT_FALSE(answer.Get("date").empty());
  }
}

TEST(Server, EveryAnswerHasAnIdOfItsOwn) {
  TestServer server(Echo);
  TestClient client(server.port());
  std::set<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.insert(client.Ask("GET", "/").Get("x-request-id"));
  EXPECT_EQ(ids.size(), 5U);
  EXPECT_FALSE(ids.contains(""));
  const auto records = server.sink.WaitFor(5);
  ASSERT_EQ(records.size(), 5U);
  EXPECT_TRUE(ids.contains(records[0].request_id));
}

TEST(Server, PipelinedRequestsAreAnsweredInOrder) {
  TestServer server(Echo);
  TestClient client(server.port());
  std::string requests;
  for (int i = 0; i < 200; ++i) {
    requests += fmt::format("POST /{} HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n{:03}", i, i);
  }
  ASSERT_TRUE(client.Send(requests));
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(client.Read().body, fmt::format("POST /{}? x= body={:03}", i, i));
  }
}

TEST(Server, BodiesChunkedEmptyAndExpected) {
  TestServer server(Echo);
  TestClient client(server.port());
  ASSERT_TRUE(
      client.Send("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "3;ext=1\r\nabc\r\n"));
  ASSERT_TRUE(client.Send("2\r\nde\r\n0\r\nTrailer: t\r\n\r\n"));
  EXPECT_EQ(client.Read().body, "POST /c? x= body=abcde");
  EXPECT_EQ(client.Ask("POST", "/e", "Content-Length: 0\r\n").body, "POST /e? x= body=");
  EXPECT_EQ(client.Ask("POST", "/n", "Content-Type: text/plain\r\n").body, "POST /n? x= body=");
  ASSERT_TRUE(
      client.Send("POST /w HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                  "Content-Length: 2\r\n\r\n"));
  EXPECT_EQ(client.Read().status, 100);
  ASSERT_TRUE(client.Send("ok"));
  EXPECT_EQ(client.Read().body, "POST /w? x= body=ok");
}

TEST(Server, HeadHasNoBodyButItsLength) {
  TestServer server(Echo);
  TestClient client(server.port());
  const auto head = client.Ask("HEAD", "/h");
  EXPECT_EQ(head.Get("content-length"), std::to_string(std::string("HEAD /h? x= body=").size()));
  EXPECT_EQ(client.Ask("GET", "/g").body, "GET /g? x= body=");
}

TEST(Server, ConnectionCloseAndHttp10) {
  TestServer server(Echo);
  TestClient closing(server.port());
  EXPECT_EQ(closing.Ask("GET", "/", "Connection: close\r\n").Get("connection"), "close");
  EXPECT_EQ(closing.ReadToEnd(), "");
  TestClient old(server.port());
  ASSERT_TRUE(old.Send("GET /old HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(old.Read().body, "GET /old? x= body=");
  EXPECT_EQ(old.ReadToEnd(), "");
}

TEST(Server, AbsoluteTargetsLoseTheirAuthority) {
  TestServer server(Echo);
  TestClient client(server.port());
  EXPECT_EQ(client.Ask("GET", "http://host:1/p?q").body, "GET /p?q x= body=");
}

TEST(Server, LimitsOfHeaderBodyAndTarget) {
  Limits limits;
  limits.max_body_bytes = 1000;
  TestServer server(Echo, limits);
  const int port = server.port();
  const std::string big(2'000'000, 'x');
  EXPECT_EQ(TestClient(port).Ask("GET", "/", "X-Big: " + big + "\r\n").status, 431);
  EXPECT_EQ(TestClient(port).Ask("GET", "/" + big).status, 431);
  EXPECT_EQ(TestClient(port).Ask("GET", "/" + big.substr(0, 20'000)).status, 414);
  EXPECT_EQ(TestClient(port).Ask("POST", "/", "", big.substr(0, 1000)).status, 200);
  EXPECT_EQ(TestClient(port).Ask("POST", "/", "", big.substr(0, 1001)).status, 413);
  EXPECT_EQ(TestClient(port).Ask("POST", "/", "Content-Length: 99999999999\r\n").status, 413);
  TestClient chunked(port);
  chunked.Send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" +
               big.substr(0, 1024) + "\r\n400\r\n" + big.substr(0, 1024) + "\r\n");
  EXPECT_EQ(chunked.Read().status, 413);
  const auto records = server.sink.WaitFor(7);
  EXPECT_EQ(records[0].status, 431);
  EXPECT_FALSE(records[0].request_id.empty());
}

TEST(Server, WhatIsNoHttpIs400AndClosed) {
  TestServer server(Echo);
  for (const std::string_view bytes :
       {std::string_view("nonsense\r\n\r\n"), std::string_view("GET /\0 HTTP/1.1\r\n\r\n", 20),
        std::string_view("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
        std::string_view("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
        std::string_view("GET / HTTP/1.1\r\nBad Header: 1\r\n\r\n"),
        std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15)}) {
    TestClient client(server.port());
    client.Send(bytes);
    const auto answer = client.Read();
    EXPECT_EQ(answer.status, 400) << bytes;
    EXPECT_FALSE(answer.Get("x-request-id").empty());
    EXPECT_EQ(client.ReadToEnd(), "");
  }
  TestClient future(server.port());
  future.Send("GET / HTTP/9.9\r\n\r\n");
  EXPECT_EQ(future.Read().status, 505);
}

TEST(Server, SlowSendersAreToldAndIdleOnesLeft) {
  Limits limits;
  limits.header_timeout = limits.body_timeout = milliseconds(50);
  limits.idle_timeout = milliseconds(100);
  TestServer server(Echo, limits);
  TestClient header(server.port());
  header.Send("GET / HTTP/1.1\r\nHost: ");
  TestClient body(server.port());
  body.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
  TestClient idle(server.port());
  TestClient later(server.port());
  EXPECT_EQ(later.Ask("GET", "/").status, 200);
  EXPECT_EQ(header.Read().status, 408);
  EXPECT_EQ(header.ReadToEnd(), "");
  EXPECT_EQ(body.Read().status, 408);
  EXPECT_EQ(idle.ReadToEnd(), "");
  EXPECT_EQ(later.ReadToEnd(), "");
}

TEST(Server, ConnectionsBeyondTheCapAre503AndThoseBelowLive) {
  Limits limits;
  limits.max_connections = 2;
  TestServer server(Echo, limits);
  auto first = std::make_unique<TestClient>(server.port());
  TestClient second(server.port());
  EXPECT_EQ(first->Ask("GET", "/").status, 200);
  EXPECT_EQ(second.Ask("GET", "/").status, 200);
  TestClient third(server.port());
  const auto refused = third.Read();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.Get("retry-after"), "1");
  EXPECT_EQ(third.ReadToEnd(), "");
  third.Leave();
  EXPECT_EQ(second.Ask("GET", "/").status, 200);
  first.reset();
  // The place becomes free once the server has seen both leave.
  int status = 503;
  for (int tries = 0; tries < 10'000 && status != 200; ++tries) {
    status = TestClient(server.port()).Ask("GET", "/").status;
  }
  EXPECT_EQ(status, 200);
}

TEST(Server, AHandlerThatThrowsIs500) {
  TestServer server([](Exchange&) -> asio::awaitable<void> {
    throw std::runtime_error("secret");
    co_return;
  });
  const auto answer = TestClient(server.port()).Ask("GET", "/");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  EXPECT_EQ(server.sink.WaitFor(1).size(), 1U);
}

TEST(Server, WorkThatTakesTooLongIsGivenUpAndWhatWaitsForItNotBegun) {
  Limits limits;
  limits.request_timeout = milliseconds(50);
  std::promise<void> release;
  auto released = std::make_shared<std::shared_future<void>>(release.get_future().share());
  auto begun = std::make_shared<std::atomic<int>>(0);
  ThreadPool pool(1);
  WorkQueue queue(pool, 10);
  TestServer server(
      [&queue, released, begun](Exchange& exchange) -> asio::awaitable<void> {
        auto work = [released, begun] {
          ++*begun;
          released->wait();
          return 1;
        };
        const auto value = co_await exchange.RunOn(queue, std::move(work));
        Response response = TextResponse(value ? 200 : 503, "");
        co_await exchange.response.Send(std::move(response));
      },
      limits);
  TestClient client(server.port());
  EXPECT_EQ(client.Ask("GET", "/").status, 503);
  EXPECT_EQ(client.Ask("GET", "/").status, 503);
  release.set_value();
  EXPECT_EQ(client.Ask("GET", "/").status, 200);
  EXPECT_EQ(*begun, 2);
}

TEST(Server, AGracefulStopFinishesWhatRuns) {
  std::promise<void> started;
  std::promise<void> release;
  auto released = std::make_shared<std::shared_future<void>>(release.get_future().share());
  auto begun = std::make_shared<std::promise<void>>(std::move(started));
  auto has_begun = begun->get_future();
  TestServer server([&, begun, released](Exchange& exchange) -> asio::awaitable<void> {
    auto work = [begun, released] {
      begun->set_value();
      released->wait();
      return 1;
    };
    co_await exchange.RunOn(server.queue, std::move(work));
    Response response = TextResponse(200, "finished");
    co_await exchange.response.Send(std::move(response));
  });
  TestClient idle(server.port());
  TestClient running(server.port());
  ASSERT_TRUE(running.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  has_begun.wait();
  auto stopped =
      std::async(std::launch::async, [&] { return server.server->Stop(milliseconds(20'000)); });
  EXPECT_EQ(idle.ReadToEnd(), "");
  release.set_value();
  EXPECT_EQ(running.Read().body, "finished");
  EXPECT_TRUE(stopped.get());
  EXPECT_FALSE(TestClient(server.port()).connected());
}

TEST(Server, APortInUseIsNamed) {
  TestServer first(Echo);
  ThreadPool pool(1);
  ServerOptions options;
  options.port = first.port();
  options.render_error = TextResponse;
  const auto second = Server::Start(options, Echo, pool);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kAlreadyExists);
  EXPECT_THAT(second.error().message, HasSubstr(fmt::format("127.0.0.1:{}", first.port())));
  options.host = "no.such.host.invalid";
  EXPECT_EQ(Server::Start(options, Echo, pool).error().kind, ErrorKind::kInvalidArgument);
}

TEST(Server, FiveHundredClientsAtOnce) {
  TestServer server(Echo);
  constexpr int kClients = 500;
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<TestClient>(server.port()));
    ASSERT_TRUE(clients.back()->connected()) << i;
  }
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < kClients; ++i) {
      ASSERT_TRUE(clients[i]->Send(fmt::format("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", i)));
    }
    for (int i = 0; i < kClients; ++i) {
      ASSERT_EQ(clients[i]->Read().body, fmt::format("GET /{}? x= body=", i));
    }
  }
  EXPECT_EQ(server.server->connections(), kClients);
}

}  // namespace
}  // namespace sluice::http
