#include "net/http_client.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "net/retry.h"
#include "net/test_server.h"

namespace sluice::net {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Gzip(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(text.size() + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

class HttpClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                             "no_proxy", "NO_PROXY"}) {
      ::unsetenv(name);
    }
    options_.first_backoff_ms = 1;
    options_.max_retries = 3;
  }
  HttpRequest Get(const TestServer& server, std::string_view path = "/x") {
    HttpRequest request;
    request.url = server.Url(path);
    return request;
  }
  Result<HttpResponse> Send(const HttpRequest& request, const CancelCheck& cancelled = {}) {
    return HttpClient(options_).Send(request, cancelled);
  }

  HttpOptions options_;
};

TEST_F(HttpClientTest, SendsWhatIsAskedAndGivesBackTheAnswer) {
  TestServer server([](const TestRequest&, TestConnection& out) {
    out.Answer("201 Created", "made", "X-Thing:  a b \r\nDelta-Table-Version: 7\r\n");
  });
  options_.user_agent = "probe/1";
  HttpRequest request = Get(server, "/a/../b//c%2F?q=1");
  request.method = "POST";
  request.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
  request.body = std::string("{\0}", 3);
  const auto response = Send(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, "made");
  EXPECT_EQ(response->Get("x-thing"), "a b");
  EXPECT_EQ(response->Get("delta-table-version"), "7");
  EXPECT_EQ(response->Get("absent"), "");
  const TestRequest seen = server.requests().at(0);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/a/../b//c%2F?q=1");
  EXPECT_EQ(seen.body, request.body);
  EXPECT_EQ(seen.headers.at("content-type"), "application/json");
  EXPECT_EQ(seen.headers.at("user-agent"), "probe/1");
  EXPECT_EQ(seen.headers.at("x-empty"), "");
  EXPECT_EQ(seen.headers.count("expect"), 0U);
}

TEST_F(HttpClientTest, EveryMethodIsSentAsItIs) {
  TestServer server([](const TestRequest& request, TestConnection& out) {
    if (request.method == "HEAD") {
      out.Write("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");
    } else {
      out.Answer("200 OK", request.method);
    }
  });
  const HttpClient client(options_);
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}) {
    HttpRequest request = Get(server);
    request.method = method;
    const auto response = client.Send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, std::string(method) == "HEAD" ? "" : method);
    EXPECT_EQ(server.requests().back().headers.count("content-type"), 0U) << method;
  }
  EXPECT_EQ(server.requests().at(1).headers.at("content-length"), "0");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTest, AnyStatusIsAValue) {
  TestServer server([](const TestRequest&, TestConnection& out) {
    out.Answer("404 Not Found", R"({"errorCode":"RESOURCE_DOES_NOT_EXIST"})");
  });
  const auto response = Send(Get(server));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 404);
  EXPECT_THAT(response->body, HasSubstr("RESOURCE_DOES_NOT_EXIST"));
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(HttpClientTest, RetriesUntilTheAnswerIsGood) {
  std::atomic<int> calls{0};
  TestServer server([&](const TestRequest&, TestConnection& out) {
    const int call = ++calls;
    if (call == 1) return out.Answer("503 Service Unavailable", "later");
    if (call == 2) return out.Answer("429 Too Many Requests", "slow down");
    if (call == 3) return out.Reset();
    out.Answer("200 OK", "good");
  });
  const auto response = Send(Get(server));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "good");
  EXPECT_EQ(calls, 4);
}

TEST_F(HttpClientTest, AfterAllRetriesTheLastAnswerIsReturned) {
  std::atomic<int> calls{0};
  TestServer server([&](const TestRequest&, TestConnection& out) {
    out.Answer("500 Internal Server Error", "no " + std::to_string(++calls));
  });
  const auto response = Send(Get(server));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 500);
  EXPECT_EQ(response->body, "no 4");
  EXPECT_EQ(calls, 4);
}

TEST_F(HttpClientTest, OtherStatusesAreNotRetried) {
  for (const char* status :
       {"400 Bad Request", "401 Unauthorized", "403 Forbidden", "409 Conflict"}) {
    TestServer server([&](const TestRequest&, TestConnection& out) { out.Answer(status, ""); });
    ASSERT_TRUE(Send(Get(server)));
    EXPECT_EQ(server.requests().size(), 1U) << status;
  }
}

TEST_F(HttpClientTest, RetryAfterWinsOverTheBackoff) {
  options_.first_backoff_ms = 10'000;
  std::atomic<int> calls{0};
  TestServer server([&](const TestRequest&, TestConnection& out) {
    const int call = ++calls;
    if (call == 1) return out.Answer("429 Too Many Requests", "", "Retry-After: 0\r\n");
    if (call == 2) {
      return out.Answer("503 Unavailable", "", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n");
    }
    out.Answer("200 OK", "good");
  });
  const std::int64_t begin = SteadyMillis();
  EXPECT_EQ(Send(Get(server))->body, "good");
  EXPECT_LT(SteadyMillis() - begin, 5'000);
}

TEST_F(HttpClientTest, ARetryAfterOfHoursIsLeftToTheCaller) {
  TestServer server([&](const TestRequest&, TestConnection& out) {
    out.Answer("429 Too Many Requests", "", "Retry-After: 7200\r\n");
  });
  EXPECT_EQ(Send(Get(server))->status, 429);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(HttpClientTest, AClosedPortIsUnavailable) {
  int port = 0;
  {
    TestServer gone([](const TestRequest&, TestConnection&) {});
    port = gone.port();
  }
  HttpRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(port) + "/x?token=secret";
  request.headers = {{"Authorization", "Bearer secret"}};
  const auto response = Send(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(response.error().message, HasSubstr("GET http://127.0.0.1:" + std::to_string(port)));
  EXPECT_THAT(response.error().message, HasSubstr("(4 tries)"));
  EXPECT_THAT(response.error().message, Not(HasSubstr("secret")));
}

TEST_F(HttpClientTest, AHostThatNeverAnsweredIsGivenUpSoon) {
  options_.max_retries = 20;
  options_.first_backoff_ms = 0;
  HttpRequest request;
  {
    TestServer silent([](const TestRequest&, TestConnection& out) { out.Close(); });
    request = Get(silent);
  }
  const HttpClient client(options_);
  EXPECT_THAT(client.Send(request).error().message, HasSubstr("(6 tries)"));
}

TEST_F(HttpClientTest, AHostThatAnsweredBeforeHasAllRetries) {
  options_.max_retries = 20;
  options_.first_backoff_ms = 0;
  const HttpClient client(options_);
  HttpRequest request;
  {
    TestServer server([](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "x"); });
    request = Get(server);
    ASSERT_TRUE(client.Send(request));
  }
  const auto gone = client.Send(request);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(gone.error().message, HasSubstr("(21 tries)"));
  // What one client knows, another does not.
  EXPECT_THAT(Send(request).error().message, HasSubstr("(6 tries)"));
}

TEST_F(HttpClientTest, WhoDoesNotOutlastRestartsGivesUpSoon) {
  options_.max_retries = 20;
  options_.first_backoff_ms = 0;
  options_.outlasts_restarts = false;
  const HttpClient client(options_);
  HttpRequest request;
  {
    TestServer server([](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "x"); });
    request = Get(server);
    ASSERT_TRUE(client.Send(request));
  }
  EXPECT_THAT(client.Send(request).error().message, HasSubstr("(6 tries)"));
}

TEST_F(HttpClientTest, AServerThatIsStartedAgainGoesOnAnswering) {
  options_.max_retries = 1'000;
  const TestServer::Handler answer = [](const TestRequest&, TestConnection& out) {
    out.Answer("200 OK", "x");
  };
  const HttpClient client(options_);
  auto server = std::make_unique<TestServer>(answer);
  const HttpRequest request = Get(*server);
  ASSERT_TRUE(client.Send(request));
  const int port = server->port();
  server.reset();
  std::atomic<int> asked{0};
  std::thread restart([&] {
    while (asked < 8) std::this_thread::yield();
    server = std::make_unique<TestServer>(answer, nullptr, port);
  });
  const auto response = client.Send(request, [&] {
    ++asked;
    return false;
  });
  restart.join();
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "x");
}

TEST_F(HttpClientTest, ABodyThatBreaksIsAskedForAgain) {
  std::atomic<int> calls{0};
  TestServer server([&](const TestRequest&, TestConnection& out) {
    if (++calls < 3) {
      out.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234");
      return calls == 1 ? out.Close() : out.Reset();
    }
    out.Answer("200 OK", "0123456789");
  });
  const auto response = Send(Get(server));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "0123456789");
  EXPECT_EQ(calls, 3);
}

TEST_F(HttpClientTest, AStreamThatBreaksIsNotStartedAgain) {
  std::atomic<int> calls{0};
  TestServer server([&](const TestRequest&, TestConnection& out) {
    if (++calls == 1) return out.Answer("503 Unavailable", "not for the sink");
    out.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n");
    out.Close();
  });
  std::string got;
  const auto response = HttpClient(options_).Stream(Get(server), [&](std::string_view piece) {
    got += piece;
    return Status{};
  });
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(got, "01234");
  EXPECT_EQ(calls, 2);
}

TEST_F(HttpClientTest, StreamShowsHeadersFirstAndKeepsNoBody) {
  TestServer server([](const TestRequest&, TestConnection& out) {
    out.Answer("200 OK", std::string(1 << 20, 'b'), "X-Version: 3\r\n");
  });
  std::size_t size = 0;
  int announced = 0;
  const auto response = HttpClient(options_).Stream(
      Get(server),
      [&](std::string_view piece) {
        EXPECT_EQ(announced, 1);
        size += piece.size();
        return Status{};
      },
      [&](const HttpResponse& head) {
        ++announced;
        EXPECT_EQ(head.status, 200);
        EXPECT_EQ(head.Get("x-version"), "3");
        return Status{};
      });
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(size, std::size_t{1} << 20);
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(announced, 1);
}

TEST_F(HttpClientTest, StreamKeepsTheBodyOfAFailureAndAnnouncesItOnce) {
  std::atomic<int> calls{0};
  TestServer server([&](const TestRequest&, TestConnection& out) {
    if (++calls == 1) return out.Answer("500 Oops", "");
    out.Answer("403 Forbidden", "why");
  });
  int announced = 0;
  const auto response = HttpClient(options_).Stream(
      Get(server),
      [](std::string_view) {
        ADD_FAILURE() << "the sink saw the body of a failure";
        return Status{};
      },
      [&](const HttpResponse& head) {
        ++announced;
        EXPECT_EQ(head.status, 403);
        return Status{};
      });
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "why");
  EXPECT_EQ(announced, 1);
}

TEST_F(HttpClientTest, AnErrorOfTheCallersEndsTheTransferAndComesBack) {
  TestServer server([](const TestRequest&, TestConnection& out) {
    out.Write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nfirst");
    out.WaitForClose();
  });
  const HttpClient client(options_);
  const auto from_sink = client.Stream(Get(server), [](std::string_view) -> Status {
    return Fail(ErrorKind::kCorrupt, "line 1 is no JSON");
  });
  EXPECT_EQ(from_sink.error().message, "line 1 is no JSON");
  EXPECT_EQ(from_sink.error().kind, ErrorKind::kCorrupt);
  const auto from_headers = client.Stream(
      Get(server), [](std::string_view) { return Status{}; },
      [](const HttpResponse&) -> Status {
        return Fail(ErrorKind::kUnsupported, "no such format");
      });
  EXPECT_EQ(from_headers.error().message, "no such format");
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(HttpClientTest, SilenceIsATimeout) {
  options_.stall_timeout_ms = 40;
  for (const char* said : {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234"}) {
    TestServer server([&](const TestRequest&, TestConnection& out) {
      out.Write(said);
      out.WaitForClose();
    });
    const std::int64_t begin = SteadyMillis();
    const auto response = Send(Get(server, "/x?sig=secret"));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ErrorKind::kTimeout);
    EXPECT_THAT(response.error().message, HasSubstr("nothing moved for 40 ms"));
    EXPECT_THAT(response.error().message, Not(HasSubstr("secret")));
    EXPECT_GE(SteadyMillis() - begin, 40);
    EXPECT_EQ(server.requests().size(), 1U);
  }
}

TEST_F(HttpClientTest, ASlowSinkIsNoStall) {
  options_.stall_timeout_ms = 40;
  TestServer server(
      [](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "0123456789"); });
  const auto response =
      HttpClient(options_).Stream(Get(server), [](std::string_view) { return Pause(100, {}); });
  EXPECT_TRUE(response) << response.error().message;
}

TEST_F(HttpClientTest, AForkedProcessHasNoClient) {
  TestServer server([](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "mine"); });
  auto client = std::make_unique<HttpClient>(options_);
  ASSERT_TRUE(client->Send(Get(server)));
  const pid_t child = ::fork();
  if (child == 0) {
    const auto refused = client->Send(Get(server));
    const bool told = !refused && refused.error().kind == ErrorKind::kInvalidArgument;
    client.reset();
    ::_exit(told ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(client->Send(Get(server))->body, "mine");
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(HttpClientTest, TheTimeLimitIsOfTheWholeCall) {
  options_.first_backoff_ms = 1000;
  TestServer failing([](const TestRequest&, TestConnection& out) { out.Answer("500 Oops", "x"); });
  HttpRequest request = Get(failing);
  request.timeout_ms = 200;
  const auto answered = Send(request);
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->status, 500);
  EXPECT_EQ(failing.requests().size(), 1U);

  TestServer silent([](const TestRequest&, TestConnection& out) { out.WaitForClose(); });
  request.url = silent.Url("/x");
  request.timeout_ms = 40;
  EXPECT_EQ(Send(request).error().kind, ErrorKind::kTimeout);
}

TEST_F(HttpClientTest, CancelEndsATransfer) {
  std::atomic<bool> begun{false};
  TestServer server([&](const TestRequest&, TestConnection& out) {
    out.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234");
    begun = true;
    out.WaitForClose();
  });
  const auto response = Send(Get(server), [&] { return begun.load(); });
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(HttpClientTest, CancelEndsAWaitBetweenTries) {
  TestServer server([](const TestRequest&, TestConnection& out) {
    out.Answer("503 Unavailable", "", "Retry-After: 100\r\n");
  });
  std::atomic<int> asked{0};
  const auto response =
      Send(Get(server), [&] { return !server.requests().empty() && ++asked > 10; });
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kCancelled);
}

TEST_F(HttpClientTest, ABodyBeyondTheLimitIsTooLarge) {
  TestServer server([](const TestRequest&, TestConnection& out) {
    out.Answer("200 OK", Gzip(std::string(100'000, 'z')), "Content-Encoding: gzip\r\n");
  });
  HttpRequest request = Get(server);
  request.max_body_bytes = 99'999;
  EXPECT_EQ(Send(request).error().kind, ErrorKind::kTooLarge);
  request.max_body_bytes = 100'000;
  EXPECT_TRUE(Send(request));
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(HttpClientTest, WhatARefusalSaysMayBeLongerThanTheBodyAskedFor) {
  TestServer server([](const TestRequest& request, TestConnection& out) {
    out.Answer("404 Not Found", std::string(request.target == "/long" ? 65'537 : 65'536, 'e'));
  });
  HttpRequest request = Get(server);
  request.max_body_bytes = 1;
  const auto response = Send(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body.size(), 65'536U);
  request.url = server.Url("/long");
  EXPECT_EQ(Send(request).error().kind, ErrorKind::kTooLarge);
}

TEST_F(HttpClientTest, PlainBytesAreThoseThatCome) {
  std::string encoding;
  TestServer server([&](const TestRequest& asked, TestConnection& out) {
    EXPECT_EQ(asked.headers.at("accept-encoding"), "identity");
    out.Answer("200 OK", "bytes", "Content-Encoding: " + encoding + "\r\n");
  });
  HttpRequest request = Get(server);
  request.plain = true;
  for (const char* same : {"identity", "aws-chunked", "AWS-Chunked"}) {
    encoding = same;
    const auto response = Send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "bytes");
  }
  for (const char* other : {"gzip", "aws-chunked,gzip", "br"}) {
    encoding = other;
    const auto response = Send(request);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ErrorKind::kUnavailable);
    EXPECT_THAT(response.error().message, HasSubstr("the answer is compressed"));
  }
}

TEST_F(HttpClientTest, GzipIsOfferedAndUndone) {
  const std::string text(100'000, 'z');
  TestServer server([&](const TestRequest& request, TestConnection& out) {
    EXPECT_THAT(request.headers.at("accept-encoding"), HasSubstr("gzip"));
    out.Answer("200 OK", Gzip(text), "Content-Encoding: gzip\r\n");
  });
  EXPECT_EQ(Send(Get(server))->body, text);
  std::string streamed;
  ASSERT_TRUE(HttpClient(options_).Stream(Get(server), [&](std::string_view piece) {
    streamed += piece;
    return Status{};
  }));
  EXPECT_EQ(streamed, text);
}

TEST_F(HttpClientTest, RequestsThatAreNoneAreRefused) {
  for (const char* url : {"", "x", "ftp://h/x", "file:///etc/passwd", "http://", "http://u:p@h/",
                          "http://h:99999/", "http://h/a b"}) {
    HttpRequest request;
    request.url = url;
    const auto response = Send(request);
    ASSERT_FALSE(response) << url;
    EXPECT_EQ(response.error().kind, ErrorKind::kInvalidArgument) << url;
  }
  TestServer server([](const TestRequest&, TestConnection& out) { out.Answer("200 OK", ""); });
  for (const Header& header : {Header{"A", "x\r\nB: secret"}, Header{"A: secret", "x"},
                               Header{"", "secret"}, Header{"A", std::string("secret\0", 7)}}) {
    HttpRequest request = Get(server);
    request.headers = {header};
    const auto response = Send(request);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ErrorKind::kInvalidArgument);
    EXPECT_THAT(response.error().message, Not(HasSubstr("secret")));
  }
  HttpRequest request = Get(server);
  request.range = {5, 4};
  EXPECT_EQ(Send(request).error().kind, ErrorKind::kInvalidArgument);
  request = Get(server);
  request.method = "GET /other";
  EXPECT_EQ(Send(request).error().kind, ErrorKind::kInvalidArgument);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpClientTest, ConnectionsAreReusedAcrossCallsAndThreads) {
  TestServer server([](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "x"); });
  const HttpClient client(options_);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(client.Send(Get(server)));
  std::thread([&] { EXPECT_TRUE(client.Send(Get(server))); }).join();
  EXPECT_EQ(server.connections(), 1);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const auto response = client.Send(Get(server));
        EXPECT_TRUE(response && response->body == "x");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(server.connections(), 4);
  EXPECT_EQ(server.requests().size(), 106U);
}

TEST_F(HttpClientTest, AConnectionThatTheServerClosedMeanwhileIsNoError) {
  options_.max_retries = 0;
  TestServer server([](const TestRequest&, TestConnection& out) {
    out.Answer("200 OK", "x");
    out.Close();
  });
  const HttpClient client(options_);
  for (int i = 0; i < 5; ++i) {
    const auto response = client.Send(Get(server));
    EXPECT_TRUE(response) << response.error().message;
  }
}

}  // namespace
}  // namespace sluice::net
