#include <fcntl.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>

#include "base/encoding.h"
#include "base/hash.h"
#include "server/http/test_client.h"
#include "server/http/test_server.h"
#include "server/http/tls.h"

namespace sluice::http {
namespace {

namespace fs = std::filesystem;
namespace ssl = boost::asio::ssl;

/// A file of random bytes, and a handler that answers with pieces of it.
class FileBodies : public testing::Test {
 protected:
  FileBodies() {
    path_ = fs::temp_directory_path() / ("sluice-file-" + HexEncode(RandomBytes(8)));
    content_ = RandomBytes(std::size_t{8} << 20);
    std::ofstream(path_, std::ios::binary) << content_;
  }
  ~FileBodies() override { fs::remove(path_); }

  Handler MakeHandler() {
    return [this](Exchange& exchange) -> asio::awaitable<void> {
      FileBody body;
      body.file = std::make_shared<FileHandle>(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
      {
        const std::lock_guard lock(mutex_);
        body.pieces = pieces_;
      }
      ResponseHead head;
      head.content_type = "application/octet-stream";
      co_await exchange.response.SendFile(std::move(head), std::move(body));
    };
  }
  void SetPieces(std::vector<FilePiece> pieces) {
    const std::lock_guard lock(mutex_);
    pieces_ = std::move(pieces);
  }
  std::int64_t Size() const { return static_cast<std::int64_t>(content_.size()); }

  fs::path path_;
  std::string content_;
  std::mutex mutex_;
  std::vector<FilePiece> pieces_;  ///< Guarded by mutex_.
};

TEST_F(FileBodies, WholeAndPieces) {
  TestServer server(MakeHandler());
  TestClient client(server.port());
  SetPieces({{"", 0, Size()}});
  auto answer = client.Ask("GET", "/", "Accept-Encoding: gzip\r\n");
  EXPECT_TRUE(answer.complete);
  EXPECT_TRUE(answer.body == content_);
  EXPECT_EQ(answer.Get("content-encoding"), "");
  EXPECT_EQ(client.Ask("HEAD", "/").Get("content-length"), std::to_string(Size()));
  SetPieces({{"A", 5, 3}, {"B", 100, 0}, {"C", Size() - 4, 4}, {"D", 0, 0}});
  answer = client.Ask("GET", "/");
  EXPECT_EQ(answer.body,
            "A" + content_.substr(5, 3) + "BC" + content_.substr(content_.size() - 4) + "D");
}

TEST_F(FileBodies, ASlowReaderGetsItAll) {
  TestServer server(MakeHandler());
  SetPieces({{"", 0, Size()}});
  TestClient client(server.port(), 4096);
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  std::string text;
  for (std::string some = client.ReadSome(5000); !some.empty(); some = client.ReadSome(5000)) {
    text += some;
  }
  EXPECT_TRUE(text.ends_with(content_));
}

TEST_F(FileBodies, AFileThatBecameShorterBreaksTheAnswer) {
  TestServer server(MakeHandler());
  SetPieces({{"", 0, Size() + 100}});
  TestClient client(server.port());
  const auto answer = client.Ask("GET", "/");
  EXPECT_FALSE(answer.complete);
  EXPECT_TRUE(answer.body == content_);
  EXPECT_FALSE(server.sink.WaitFor(1).front().complete);
}

TEST_F(FileBodies, ManyClientsThatLeave) {
  TestServer server(MakeHandler());
  SetPieces({{"", 0, Size()}});
  for (int i = 0; i < 30; ++i) {
    TestClient client(server.port(), 4096);
    ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_FALSE(client.ReadSome(10).empty());
    client.Reset();
  }
  EXPECT_EQ(server.sink.WaitFor(30).size(), 30U);
  EXPECT_TRUE(TestClient(server.port()).Ask("GET", "/").body == content_);
}

/// A blocking TLS client that trusts anybody.
class TlsClient {
 public:
  explicit TlsClient(int port) {
    stream_.next_layer().connect(
        {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)});
    stream_.handshake(ssl::stream_base::client);
  }
  std::string Ask(const std::string& request) {
    asio::write(stream_, asio::buffer(request));
    std::string text;
    boost::system::error_code error;
    asio::read(stream_, asio::dynamic_buffer(text), error);
    return text;
  }

 private:
  asio::io_context context_;
  ssl::context tls_{ssl::context::tls_client};
  ssl::stream<asio::ip::tcp::socket> stream_{context_, tls_};
};

TEST_F(FileBodies, OverTlsWithASelfSignedCertificate) {
  const auto tls = MakeSelfSignedContext("example.org");
  ASSERT_TRUE(tls) << tls.error().message;
  TestServer server(MakeHandler(), {}, *tls);
  SetPieces({{"", 0, Size()}, {"end", 0, 0}});
  TlsClient client(server.port());
  const std::string text = client.Ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(text.ends_with(content_ + "end"));
}

TEST(Tls, ASlowHandshakeIsGivenUpAndPlainHttpRefused) {
  const auto tls = MakeSelfSignedContext("localhost");
  ASSERT_TRUE(tls);
  Limits limits;
  limits.handshake_timeout = milliseconds(50);
  const auto handler = [](Exchange& exchange) -> asio::awaitable<void> {
    Response response = TextResponse(200, "secure");
    co_await exchange.response.Send(std::move(response));
  };
  TestServer server(handler, limits, *tls);
  TestClient silent(server.port());
  EXPECT_EQ(silent.ReadToEnd(), "");
  EXPECT_EQ(TestClient(server.port()).Ask("GET", "/").status, 0);
  TlsClient client(server.port());
  EXPECT_TRUE(client.Ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                  .ends_with("\r\n\r\nsecure"));
}

TEST(Tls, WrongFilesAreNamed) {
  const auto missing = MakeTlsContext({"/no/such/cert.pem", "/no/such/key.pem", ""});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, testing::HasSubstr("/no/such/cert.pem"));
}

}  // namespace
}  // namespace sluice::http
