#include <zlib.h>

#include <atomic>
#include <future>

#include "server/http/gzip.h"
#include "server/http/test_client.h"
#include "server/http/test_server.h"

namespace sluice::http {
namespace {

/// Slice i is `size` times the letter i of the alphabet.
class Letters : public SliceSource {
 public:
  struct Options {
    std::size_t count = 0;
    std::size_t size = 0;
    std::size_t fails_at = ~std::size_t{0};
    bool understood = false;
    ThreadPool* pool = nullptr;
  };
  explicit Letters(Options options) : options_(options) {}
  ~Letters() override { gone.set_value(); }

  std::size_t count() const override { return options_.count; }
  ThreadPool* pool() const override { return options_.pool; }
  Status Render(std::size_t index, std::string* out) const override {
    rendered.fetch_add(1);
    if (index == options_.fails_at) return Fail(ErrorKind::kCorrupt, "slice {}", index);
    out->append(options_.size, Letter(index));
    return {};
  }
  SliceFailure Failure(const Error& error) const override {
    return {"FAILED " + error.message, options_.understood};
  }

  static char Letter(std::size_t index) { return static_cast<char>('a' + index % 26); }
  static std::string Whole(std::size_t count, std::size_t size) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out.append(size, Letter(i));
    return out;
  }

  mutable std::atomic<std::size_t> rendered{0};
  std::promise<void> gone;

 private:
  const Options options_;
};

/// Streams the source it is given next. The source is let go with the answer.
struct StreamingServer {
  explicit StreamingServer(Limits limits = {})
      : server(
            [this](Exchange& exchange) -> asio::awaitable<void> {
              auto source = Take();
              ResponseHead head;
              head.content_type = "text/plain";
              const auto sent =
                  co_await exchange.response.SendSlices(std::move(head), std::move(source));
              exchange.record.denied = sent ? "" : std::string(KindName(sent.error().kind));
            },
            limits) {}

  std::shared_ptr<Letters> Make(Letters::Options options) {
    auto source = std::make_shared<Letters>(options);
    const std::lock_guard lock(mutex);
    next = source;
    return source;
  }
  std::shared_ptr<const SliceSource> Take() {
    const std::lock_guard lock(mutex);
    return std::move(next);
  }

  std::mutex mutex;
  std::shared_ptr<const SliceSource> next;
  TestServer server;
};

std::string Gunzip(const std::string& packed) {
  z_stream stream{};
  inflateInit2(&stream, MAX_WBITS + 16);
  std::string out;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  int code = Z_OK;
  while (code == Z_OK) {
    char buffer[65536];
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof(buffer);
    code = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer, sizeof(buffer) - stream.avail_out);
  }
  inflateEnd(&stream);
  EXPECT_EQ(code, Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  return out;
}

TEST(Streaming, SlicesArriveInOrder) {
  StreamingServer streaming;
  TestClient client(streaming.server.port());
  for (const std::size_t count : {0, 1, 3, 100}) {
    streaming.Make({count, 70'000});
    const auto answer = client.Ask("GET", "/");
    EXPECT_TRUE(answer.complete);
    EXPECT_EQ(answer.Get("transfer-encoding"), "chunked");
    EXPECT_TRUE(answer.body == Letters::Whole(count, 70'000)) << count;
  }
  const auto records = streaming.server.sink.WaitFor(4);
  EXPECT_EQ(records[3].bytes_sent, 100 * 70'000);
  EXPECT_TRUE(records[3].complete);
}

TEST(Streaming, ASourceMayHaveThreadsOfItsOwn) {
  ThreadPool own(1);
  StreamingServer streaming;
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  ThreadPool& others = streaming.server.pool;
  for (int i = 0; i < others.size(); ++i) others.Submit([released] { released.wait(); });
  Letters::Options options{3, 70'000};
  options.pool = &own;
  streaming.Make(options);
  const auto answer = TestClient(streaming.server.port()).Ask("GET", "/");
  release.set_value();
  EXPECT_TRUE(answer.body == Letters::Whole(3, 70'000));
}

TEST(Streaming, EmptySlicesAndHeadAndHttp10) {
  StreamingServer streaming;
  TestClient client(streaming.server.port());
  streaming.Make({5, 0});
  EXPECT_TRUE(client.Ask("GET", "/").complete);
  streaming.Make({5, 10});
  EXPECT_EQ(client.Ask("HEAD", "/").body, "");
  streaming.Make({5, 10});
  ASSERT_TRUE(client.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  const auto old = client.Read();
  EXPECT_EQ(old.Get("transfer-encoding"), "");
  EXPECT_EQ(old.body, Letters::Whole(5, 10));
}

TEST(Streaming, ASlowReaderStopsTheWorkers) {
  constexpr std::size_t kSlice = 256 << 10;
  constexpr std::size_t kCount = 1000;
  StreamingServer streaming;
  const auto source = streaming.Make({kCount, kSlice});
  TestClient client(streaming.server.port(), 64 << 10);
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  std::size_t read = 0;
  std::size_t most_ahead = 0;
  while (read < kCount * kSlice) {
    const std::string some = client.ReadSome(1 << 20);
    ASSERT_FALSE(some.empty());
    read += some.size();
    const std::size_t made = source->rendered.load() * kSlice;
    if (made > read) most_ahead = std::max(most_ahead, made - read);
  }
  // The window, and what the kernel keeps for a connection.
  EXPECT_LT(most_ahead, std::size_t{32} << 20);
  EXPECT_EQ(source->rendered.load(), kCount);
}

TEST(Streaming, AFailureMidStreamIsToldAndDoesNotLookWhole) {
  for (const bool gzip : {false, true}) {
    StreamingServer streaming;
    streaming.Make({50, 1000, 20});
    TestClient client(streaming.server.port());
    const auto answer = client.Ask("GET", "/", gzip ? "Accept-Encoding: gzip\r\n" : "");
    EXPECT_EQ(answer.status, 200);
    EXPECT_FALSE(answer.complete);
    if (!gzip) {
      EXPECT_TRUE(answer.body == Letters::Whole(20, 1000) + "FAILED slice 20")
          << answer.body.size();
    }
    EXPECT_EQ(client.ReadToEnd(), "");
    const auto records = streaming.server.sink.WaitFor(1);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_FALSE(records[0].complete);
    EXPECT_EQ(records[0].denied, "corrupt");
  }
}

TEST(Streaming, AFailureThatTheReaderUnderstandsEndsTheAnswer) {
  for (const bool gzip : {false, true}) {
    StreamingServer streaming;
    streaming.Make({50, 1000, 20, true});
    TestClient client(streaming.server.port());
    const auto answer = client.Ask("GET", "/", gzip ? "Accept-Encoding: gzip\r\n" : "");
    EXPECT_TRUE(answer.complete);
    const std::string body = gzip ? Gunzip(answer.body) : answer.body;
    EXPECT_TRUE(body == Letters::Whole(20, 1000) + "FAILED slice 20") << body.size();
    EXPECT_EQ(client.ReadToEnd(), "");
    const auto records = streaming.server.sink.WaitFor(1);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_FALSE(records[0].complete);
    EXPECT_EQ(records[0].denied, "corrupt");
  }
}

TEST(Streaming, AClientThatLeavesStopsTheWork) {
  StreamingServer streaming;
  auto source = streaming.Make({100'000, 256 << 10});
  auto gone = source->gone.get_future();
  const std::weak_ptr<Letters> alive = source;
  std::size_t rendered = 0;
  {
    TestClient client(streaming.server.port());
    ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_FALSE(client.ReadSome().empty());
    rendered = source->rendered.load();
    source.reset();
    client.Reset();
  }
  ASSERT_EQ(gone.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_LT(rendered, 10'000U);
  const auto records = streaming.server.sink.WaitFor(1);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_FALSE(records[0].complete);
}

TEST(Streaming, AStalledReaderIsGivenUp) {
  Limits limits;
  limits.write_stall_timeout = milliseconds(100);
  StreamingServer streaming(limits);
  auto source = streaming.Make({100'000, 256 << 10});
  auto gone = source->gone.get_future();
  source.reset();
  TestClient client(streaming.server.port());
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  ASSERT_EQ(gone.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(streaming.server.sink.WaitFor(1).front().denied, "timeout");
}

TEST(Streaming, ManyStreamsAtOnceShareABudget) {
  Limits limits;
  limits.max_buffered_bytes = 1 << 20;
  StreamingServer streaming(limits);
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 50; ++i) {
    streaming.Make({40, 100'000});
    clients.push_back(std::make_unique<TestClient>(streaming.server.port()));
    ASSERT_TRUE(clients.back()->Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    // The next source is set only once this one was taken.
    ASSERT_FALSE(clients.back()->ReadSome(1).empty());
  }
  const std::string whole = Letters::Whole(40, 100'000);
  for (auto& client : clients) {
    std::string text;
    while (!text.ends_with("\r\n0\r\n\r\n")) {
      const std::string some = client->ReadSome(1 << 20);
      ASSERT_FALSE(some.empty());
      text += some;
    }
    EXPECT_GT(text.size(), whole.size());
  }
}

TEST(Streaming, AStopBreaksWhatDoesNotEnd) {
  StreamingServer streaming;
  streaming.Make({100'000, 256 << 10});
  TestClient client(streaming.server.port());
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  ASSERT_FALSE(client.ReadSome().empty());
  EXPECT_FALSE(streaming.server.server->Stop(milliseconds(10)));
  EXPECT_EQ(streaming.server.server->connections(), 0);
}

TEST(Gzip, StreamsAndWholeBodiesAreCompressedWhenAccepted) {
  StreamingServer streaming;
  streaming.Make({30, 50'000});
  TestClient client(streaming.server.port());
  const auto answer = client.Ask("GET", "/", "Accept-Encoding: deflate, gzip;q=0.5\r\n");
  EXPECT_TRUE(answer.complete);
  EXPECT_EQ(answer.Get("content-encoding"), "gzip");
  EXPECT_LT(answer.body.size(), 100'000U);
  EXPECT_TRUE(Gunzip(answer.body) == Letters::Whole(30, 50'000));

  TestServer whole([](Exchange& exchange) -> asio::awaitable<void> {
    Response response =
        TextResponse(200, std::string(exchange.request->path == "/big" ? 100'000 : 10, 'x'));
    co_await exchange.response.Send(std::move(response));
  });
  TestClient second(whole.port());
  const auto big = second.Ask("GET", "/big", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(big.Get("content-encoding"), "gzip");
  EXPECT_EQ(Gunzip(big.body), std::string(100'000, 'x'));
  EXPECT_EQ(second.Ask("GET", "/small", "Accept-Encoding: gzip\r\n").Get("content-encoding"), "");
  EXPECT_EQ(second.Ask("GET", "/big").body.size(), 100'000U);
}

TEST(Gzip, BlocksMadeApartAreOneMember) {
  GzipFrame frame;
  std::string packed(GzipFrame::Header());
  std::string plain;
  for (const std::string& part :
       {std::string("hello "), std::string(), std::string(300'000, 'z'), std::string("world")}) {
    const auto block = Deflate(part);
    ASSERT_TRUE(block);
    frame.Add(*block);
    packed += block->bytes;
    plain += part;
  }
  packed += frame.Trailer();
  EXPECT_EQ(Gunzip(packed), plain);
}

TEST(Gzip, AcceptEncodingIsReadAsTheStandardSays) {
  for (const char* yes : {"gzip", "GZIP", "deflate,gzip", "gzip;q=0.1", "*", "br, *;q=0.5",
                          " x-gzip ", "identity;q=0, gzip ; q=1.0"}) {
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  }
  for (const char* no :
       {"", "identity", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzipped", "gzip;q=0, *"}) {
    EXPECT_FALSE(AcceptsGzip(no)) << no;
  }
}

}  // namespace
}  // namespace sluice::http
