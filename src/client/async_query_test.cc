// Queries that a server works on in the background.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "client/fake_share.h"

namespace sluice::client {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kAsync = "asyncquery=true";

std::string StatusLine(const std::string& status) {
  return R"({"queryStatus":{"queryId":"q/1",)" + status + "}}\n";
}

const std::string kPending = StatusLine(R"("status":"pending")");

/// Works on every query and on changes for `polls` questions.
class SlowShare : public FakeShare {
 public:
  SlowShare() {
    files = {FileOfIds("f0", 0, 10), FileOfIds("f1", 10, 10)};
    intercept = [this](const net::TestRequest& request, net::TestConnection& peer) {
      const bool asks = request.target.ends_with("/query") || IsChanges(request);
      intercepted = asks || IsPoll(request);
      if (asks) return peer.Answer("202 Accepted", status, headers);
      if (!IsPoll(request)) return;
      if (++polls_seen <= polls) return peer.Answer("200 OK", status, headers);
      result(request, peer);
    };
  }

  static bool IsPoll(const net::TestRequest& request) {
    return request.target.find("/queries/") != std::string::npos;
  }
  static bool IsChanges(const net::TestRequest& request) {
    return request.target.find("/changes?") != std::string::npos;
  }

  /// The requests with which a client waits.
  std::vector<net::TestRequest> Polls() const {
    std::vector<net::TestRequest> seen = requests();
    std::erase_if(seen, [](const auto& request) { return !IsPoll(request); });
    return seen;
  }

  std::string status = kPending;
  std::string headers;  ///< While it works: the protocol asks for no version then.
  int polls = 0;
  std::atomic<int> polls_seen = 0;
  Handler result = [this](const net::TestRequest&, net::TestConnection& peer) {
    peer.Answer("200 OK", Answer(), HeaderLines());
  };
};

TEST(AsyncQueryTest, IsSubmittedAndAskedForUntilItIsThere) {
  SlowShare share;
  share.polls = 2;
  share.headers = "Retry-After: 0\r\ndelta-sharing-capabilities: asyncquery=true\r\n";
  ClientOptions options;
  options.async_query = true;
  const auto table = ReadAll(*share.Connect(options), FakeShare::Request());
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(Ids(**table).size(), 20);

  const auto submission = share.requests()[0];
  EXPECT_THAT(submission.headers.at("delta-sharing-capabilities"), HasSubstr(kAsync));
  EXPECT_THAT(submission.body, HasSubstr(R"("idempotencyKey":")"));
  const auto polls = share.Polls();
  ASSERT_EQ(polls.size(), 3);
  for (const auto& poll : polls) {
    EXPECT_EQ(poll.method, "POST");
    EXPECT_THAT(poll.target, EndsWith("/shares/share/schemas/schema/tables/table/queries/q%2F1"));
    EXPECT_EQ(poll.body, "{}");
  }
}

TEST(AsyncQueryTest, IsNotAskedForByItself) {
  FakeShare share;
  share.files = {FileOfIds("f0", 0, 10)};
  ASSERT_TRUE(ReadAll(*share.Connect(), FakeShare::Request()));
  EXPECT_THAT(share.requests()[0].headers.at("delta-sharing-capabilities"),
              Not(HasSubstr("asyncquery")));
  EXPECT_THAT(share.requests()[0].body, Not(HasSubstr("idempotencyKey")));
}

TEST(AsyncQueryTest, AServerMayAnswerAtOnce) {
  FakeShare share;
  share.files = {FileOfIds("f0", 0, 10)};
  ClientOptions options;
  options.async_query = true;
  const auto table = ReadAll(*share.Connect(options), FakeShare::Request());
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(Ids(**table).size(), 10);
}

TEST(AsyncQueryTest, AServerThatAnswersSoUnaskedIsWaitedFor) {
  SlowShare share;
  share.polls = 1;
  // As servers say it that know no status.
  share.status = R"({"queryStatus":{"queryId":"q/1"}})";
  const auto table = ReadAll(*share.Connect(), FakeShare::Request());
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(Ids(**table).size(), 20);
}

TEST(AsyncQueryTest, SoAreChanges) {
  SlowShare share;
  share.polls = 1;
  share.changes = {{"add", 1, FileOfIds("c", 0, 5)}};
  share.version = 1;
  share.first_change = 1;
  share.result = [&](const net::TestRequest&, net::TestConnection& peer) {
    peer.Answer("200 OK", share.ChangesAnswer(), share.HeaderLines(1));
  };
  const auto scan = share.Connect()->StartChanges(FakeShare::ChangesFrom(1));
  ASSERT_TRUE(scan) << scan.error().message;
  const auto table = ReadAll(**scan);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ((*table)->num_rows(), 5);
  EXPECT_EQ(share.Polls().size(), 2);
}

TEST(AsyncQueryTest, PagesOfTheResultAreAskedForThere) {
  SlowShare share;
  share.result = [&](const net::TestRequest& request, net::TestConnection& peer) {
    const bool later = request.body.find(R"("pageToken":"p2")") != std::string::npos;
    std::string body = later ? "" : share.TableLines();
    body += share.FileLine(share.files[later ? 1 : 0]);
    if (!later) body += R"({"endStreamAction":{"nextPageToken":"p2"}})";
    peer.Answer("200 OK", body, share.HeaderLines());
  };
  const auto table = ReadAll(*share.Connect(), FakeShare::Request());
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(Ids(**table).size(), 20);
  EXPECT_EQ(share.queries(), 1);
  EXPECT_EQ(share.Polls().size(), 2);
}

TEST(AsyncQueryTest, ASubmissionThatIsSentTwiceIsOneQuery) {
  SlowShare share;
  const auto answer = share.intercept;
  int submissions = 0;
  share.intercept = [&](const net::TestRequest& request, net::TestConnection& peer) {
    share.intercepted = request.target.ends_with("/query") && ++submissions == 1;
    if (share.intercepted) return peer.Answer("503 Unavailable", "");
    answer(request, peer);
  };
  ClientOptions options;
  options.async_query = true;
  const auto client = share.Connect(options);
  for (int reads = 0; reads < 2; ++reads) ASSERT_TRUE(ReadAll(*client, FakeShare::Request()));
  std::vector<std::string> keys;
  for (const auto& request : share.requests()) {
    const auto at = request.body.find("idempotencyKey");
    if (at != std::string::npos) keys.push_back(request.body.substr(at, 51));
  }
  ASSERT_EQ(keys.size(), 3);
  EXPECT_EQ(keys[0], keys[1]);
  EXPECT_NE(keys[1], keys[2]);
}

struct StatusFault {
  std::string status;
  ErrorKind kind;
  std::string message;
};

class AsyncFaultTest : public ::testing::TestWithParam<StatusFault> {};

TEST_P(AsyncFaultTest, IsAnError) {
  SlowShare share;
  share.result = [](const net::TestRequest&, net::TestConnection& peer) {
    peer.Answer("200 OK", GetParam().status);
  };
  const auto table = ReadAll(*share.Connect(), FakeShare::Request());
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, GetParam().kind);
  EXPECT_THAT(table.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, AsyncFaultTest,
    ::testing::Values(StatusFault{StatusLine(R"("status":"failed","errorMessage":"no version 9")"),
                                  ErrorKind::kInvalidArgument, "no version 9"},
                      StatusFault{StatusLine(R"("status":"failed")"), ErrorKind::kInvalidArgument,
                                  "does not say why"},
                      StatusFault{StatusLine(R"("status":"lost")"), ErrorKind::kMalformed,
                                  "neither pending nor failed"},
                      StatusFault{R"({"queryStatus":{"queryId":"q/2","status":"pending"}})",
                                  ErrorKind::kMalformed, "about another query"},
                      StatusFault{R"({"queryStatus":{"status":"pending"}})", ErrorKind::kMalformed,
                                  "about no query"},
                      StatusFault{R"({"protocol":{"minReaderVersion":1}})", ErrorKind::kMalformed,
                                  "no header Delta-Table-Version"}));

TEST(AsyncQueryTest, TheServersPauseIsKeptWithinTheLimit) {
  SlowShare share;
  share.headers = "Retry-After: 60\r\n";
  ClientOptions options;
  options.http.request_timeout_ms = 30'000;
  const auto table = ReadAll(*share.Connect(options), FakeShare::Request());
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(table.error().message, HasSubstr("30000 ms"));
  EXPECT_TRUE(share.Polls().empty());
}

TEST(AsyncQueryTest, EndsWithItsLimit) {
  SlowShare share;
  share.polls = 1'000'000;
  ClientOptions options;
  options.http.request_timeout_ms = 500;
  const auto table = ReadAll(*share.Connect(options), FakeShare::Request());
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, ErrorKind::kTimeout);
  EXPECT_FALSE(share.Polls().empty());
}

TEST(AsyncQueryTest, AnInterruptEndsTheWait) {
  std::shared_ptr<Client> client;
  SlowShare share;  // Its threads end before the client, which they use.
  share.headers = "Retry-After: 60\r\n";
  const auto answer = share.intercept;
  share.intercept = [&](const net::TestRequest& request, net::TestConnection& peer) {
    answer(request, peer);
    client->Interrupt();
  };
  client = share.Connect();
  const auto scan = client->StartScan(FakeShare::Request());
  ASSERT_FALSE(scan);
  EXPECT_EQ(scan.error().kind, ErrorKind::kCancelled);
}

}  // namespace
}  // namespace sluice::client
