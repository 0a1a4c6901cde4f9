#include <gmock/gmock.h>
#include <stdlib.h>

#include <atomic>

#include "net/http_client.h"
#include "net/retry.h"
#include "net/test_server.h"

namespace sluice::net {
namespace {

using testing::HasSubstr;

/// Asks for bytes 10 to 19 unless said otherwise.
class HttpRange : public ::testing::Test {
 protected:
  void SetUp() override {
    ::unsetenv("http_proxy");
    options_.first_backoff_ms = 1;
    options_.max_retries = 2;
  }
  Result<HttpResponse> Ask(TestServer::Handler handler, std::int64_t first = 10,
                           std::int64_t last = 19) {
    server_ = std::make_unique<TestServer>(std::move(handler));
    HttpRequest request;
    request.url = server_->Url("/file");
    request.range = {first, last};
    request.range_out = out_;
    return HttpClient(options_).Send(request);
  }
  /// The error of an answer with this status, body and headers.
  std::string Refused(std::string_view status, std::string_view body, std::string_view headers,
                      std::int64_t first = 10, std::int64_t last = 19) {
    const auto response =
        Ask([=](const TestRequest&, TestConnection& out) { out.Answer(status, body, headers); },
            first, last);
    if (response) return "accepted";
    EXPECT_EQ(response.error().kind, ErrorKind::kUnavailable);
    EXPECT_EQ(server_->requests().size(), 1U);
    return response.error().message;
  }

  HttpOptions options_;
  char* out_ = nullptr;
  std::unique_ptr<TestServer> server_;
};

TEST_F(HttpRange, AsksForPlainBytes) {
  const auto response = Ask([](const TestRequest& request, TestConnection& out) {
    EXPECT_EQ(request.headers.at("range"), "bytes=10-19");
    EXPECT_EQ(request.headers.at("accept-encoding"), "identity");
    out.Answer("206 Partial Content", "0123456789", "Content-Range: bytes 10-19/100\r\n");
  });
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 206);
  EXPECT_EQ(response->body, "0123456789");
}

TEST_F(HttpRange, GoesToTheCallersMemory) {
  std::string memory = "----------";
  out_ = memory.data();
  int tries = 0;
  const auto response = Ask([&tries](const TestRequest&, TestConnection& out) {
    const std::string head =
        "HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\nContent-Range: bytes "
        "10-19/100\r\n\r\n";
    // The first answer breaks off, and the next begins anew.
    out.Write(head + (++tries == 1 ? "xxxx" : "0123456789"));
    out.Close();
  });
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(memory, "0123456789");
  EXPECT_EQ(tries, 2);

  memory = "----------";
  const auto refused = Ask([](const TestRequest&, TestConnection& out) {
    out.Answer("404 Not Found", "a text that is longer than the range", "");
  });
  EXPECT_EQ(refused->body, "a text that is longer than the range");
  EXPECT_EQ(memory, "----------");
}

TEST_F(HttpRange, IsAskedForAgainWhereTheAnswerStalls) {
  options_.stall_timeout_ms = 100;
  options_.max_retries = 10;
  const std::string head =
      "HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\nContent-Range: bytes "
      "10-19/100\r\n\r\n";
  std::atomic<int> tries{0};
  const auto response = Ask([&](const TestRequest&, TestConnection& out) {
    const bool stalls = ++tries <= 2;
    out.Write(head + (stalls ? "xxxx" : "0123456789"));
    if (stalls) out.WaitForClose();
  });
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "0123456789");
  EXPECT_EQ(tries, 3);

  tries = 0;
  const auto never = Ask([&](const TestRequest&, TestConnection& out) {
    ++tries;
    out.Write(head + "xxxx");
    out.WaitForClose();
  });
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(never.error().message, HasSubstr("nothing moved for 100 ms (3 tries)"));
  EXPECT_EQ(tries, 3);
}

TEST_F(HttpRange, ATrickleIsAStall) {
  options_.stall_timeout_ms = 100;
  std::atomic<int> tries{0};
  const auto response = Ask(
      [&](const TestRequest&, TestConnection& out) {
        out.Write(
            "HTTP/1.1 206 Partial Content\r\nContent-Length: 500\r\nContent-Range: bytes "
            "0-499/500\r\n\r\n");
        // All of it comes in the end, to whoever bears it.
        const int pause = ++tries == 1 ? 40 : 0;
        for (int i = 0; i < 20; ++i) {
          out.Write(std::string(25, 'x'));
          EXPECT_TRUE(Pause(pause, {}));
        }
      },
      0, 499);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, std::string(500, 'x'));
  EXPECT_EQ(tries, 2);
}

TEST_F(HttpRange, HowAnObjectWasSentToItsStoreIsNoCompression) {
  const auto response = Ask([](const TestRequest&, TestConnection& out) {
    out.Answer("206 Partial Content", "0123456789",
               "Content-Range: bytes 10-19/100\r\nContent-Encoding: aws-chunked\r\n");
  });
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "0123456789");
}

TEST_F(HttpRange, OtherBytesThanAskedAreAnError) {
  EXPECT_THAT(Refused("206 Partial Content", "0123456789", "Content-Range: bytes 0-9/100\r\n"),
              HasSubstr("bytes 10-19 were asked for, and the answer has other bytes"));
  EXPECT_THAT(Refused("206 Partial Content", "01234", "Content-Range: bytes 10-14/15\r\n"),
              HasSubstr("other bytes"));
  EXPECT_THAT(Refused("206 Partial Content", "0123456789", ""), HasSubstr("other bytes"));
  EXPECT_THAT(Refused("206 Partial Content", "", ""), HasSubstr("other bytes"));
  EXPECT_THAT(Refused("206 Partial Content", "0123456789x", "Content-Range: bytes 10-19/100\r\n"),
              HasSubstr("more than the 10 bytes"));
  EXPECT_THAT(Refused("206 Partial Content", "0123456789",
                      "Content-Range: bytes 10-19/100\r\nContent-Encoding: gzip\r\n"),
              HasSubstr("compressed"));
  EXPECT_THAT(Refused("204 No Content", "", ""), HasSubstr("the status is 204"));
}

TEST_F(HttpRange, AWholeObjectIsAnErrorUnlessItIsTheRange) {
  EXPECT_THAT(Refused("200 OK", std::string(100, 'x'), ""), HasSubstr("ignores ranges"));
  EXPECT_THAT(Refused("200 OK", "0123456789", ""), HasSubstr("ignores ranges"));
  EXPECT_THAT(Refused("200 OK", std::string(100, 'x'), "", 0, 9), HasSubstr("ignores ranges"));
  EXPECT_EQ(Refused("200 OK", "0123456789", "", 0, 9), "accepted");
}

TEST_F(HttpRange, AWholeObjectOfUnknownLengthIsCounted) {
  const auto chunked = [](std::string_view chunk) {
    return [chunk](const TestRequest&, TestConnection& out) {
      out.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      out.Write(fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", chunk.size(), chunk));
    };
  };
  EXPECT_TRUE(Ask(chunked("0123456789"), 0, 9));
  EXPECT_FALSE(Ask(chunked("01234567890"), 0, 9));
  EXPECT_FALSE(Ask(chunked("012345678"), 0, 9));
}

TEST_F(HttpRange, ACutAnswerWithoutALengthIsAskedForAgain) {
  std::atomic<int> calls{0};
  const auto response = Ask([&](const TestRequest&, TestConnection& out) {
    out.Write("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 10-19/100\r\n\r\n01234");
    if (++calls > 1) out.Write("56789");
    out.Close();
  });
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, "0123456789");
  EXPECT_EQ(calls, 2);
}

TEST_F(HttpRange, AFailureIsAValueAsEver) {
  const auto response = Ask([](const TestRequest&, TestConnection& out) {
    out.Answer("416 Range Not Satisfiable", "", "Content-Range: bytes */5\r\n");
  });
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 416);
}

}  // namespace
}  // namespace sluice::net
