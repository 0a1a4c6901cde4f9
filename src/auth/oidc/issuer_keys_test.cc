#include "auth/oidc/issuer_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "auth/oidc/issuer_keyring.h"
#include "net/test_server.h"
#include "oauth/test_tokens.h"

namespace sluice::auth {
namespace {

using net::TestConnection;
using net::TestRequest;
using net::TestServer;
using oauth::JwkOf;
using oauth::TestKey;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kMinute = 60'000;

class SetClock : public Clock {
 public:
  std::int64_t NowMillis() const override { return now; }
  std::atomic<std::int64_t> now{1'000'000'000};
};

/// An issuer on a port of its own: answers by path, 404 where there is none.
class Issuer {
 public:
  Issuer()
      : server_([this](const TestRequest& request, TestConnection& out) { On(request, out); }) {
    Set("/keys", R"({"keys":[)" + JwkOf(TestKey::Get(), "k1") + "]}");
    Discover(url(), server_.Url("/keys"));
  }

  std::string url() const { return server_.Url("/realm"); }
  std::string Url(std::string_view path) const { return server_.Url(path); }
  void Set(const std::string& path, const std::string& body, const std::string& status = "200 OK",
           const std::string& headers = {}) {
    const std::lock_guard lock(mutex_);
    answers_[path] = {status, body, headers};
  }
  void Discover(const std::string& issuer, const std::string& keys) {
    Set("/realm/.well-known/openid-configuration",
        R"({"issuer":")" + issuer + R"(","jwks_uri":")" + keys + "\"}");
  }
  void GoAway() {
    const std::lock_guard lock(mutex_);
    answers_.clear();
  }
  std::vector<std::string> TakePaths() {
    const auto all = server_.requests();
    std::vector<std::string> out;
    for (; taken_ < all.size(); ++taken_) out.push_back(all[taken_].target);
    return out;
  }

 private:
  struct Answer {
    std::string status, body, headers;
  };
  void On(const TestRequest& request, TestConnection& out) {
    const std::lock_guard lock(mutex_);
    const auto found = answers_.find(request.target);
    if (found == answers_.end()) return out.Answer("404 Not Found", "");
    out.Answer(found->second.status, found->second.body, found->second.headers);
  }

  std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  std::size_t taken_ = 0;
  TestServer server_;
};

class IssuerKeysTest : public testing::Test {
 protected:
  /// What is wrong with the keys; empty: nothing.
  static std::string Problem(const IssuerKeys& keys) {
    const auto current = keys.Current();
    if (current) return "";
    EXPECT_EQ(current.error().kind, ErrorKind::kUnavailable);
    return current.error().message;
  }
  std::string ProblemOf(const KeySource& source) {
    IssuerKeys keys(source, clock_);
    keys.Refresh();
    return Problem(keys);
  }

  Issuer issuer_;
  SetClock clock_;
};

TEST_F(IssuerKeysTest, AreFoundByDiscovery) {
  IssuerKeys keys({issuer_.url()}, clock_);
  EXPECT_THAT(Problem(keys), HasSubstr("they are being fetched"));
  EXPECT_TRUE(keys.MayChange());
  EXPECT_THAT(issuer_.TakePaths(), IsEmpty());
  keys.Refresh();
  ASSERT_EQ(Problem(keys), "");
  EXPECT_EQ((*keys.Current())->size(), 1U);
  EXPECT_THAT(issuer_.TakePaths(), ElementsAre("/realm/.well-known/openid-configuration", "/keys"));
}

TEST_F(IssuerKeysTest, OfAConfiguredPlaceNeedNoDiscovery) {
  EXPECT_EQ(ProblemOf({"https://elsewhere.example", issuer_.Url("/keys")}), "");
  EXPECT_THAT(issuer_.TakePaths(), ElementsAre("/keys"));
}

TEST_F(IssuerKeysTest, ADocumentSendsNobodyElsewhere) {
  TestServer inner([](const TestRequest&, TestConnection& out) { out.Answer("200 OK", "{}"); });
  for (const std::string& elsewhere :
       {inner.Url("/keys"), std::string("http://169.254.169.254/latest/meta-data"),
        std::string("file:///etc/passwd"), std::string("http://localhost/keys"), std::string()}) {
    issuer_.Discover(issuer_.url(), elsewhere);
    EXPECT_THAT(ProblemOf({issuer_.url()}), HasSubstr("not of the issuer's own host")) << elsewhere;
  }
  issuer_.Discover(issuer_.url() + "/", issuer_.Url("/keys"));
  EXPECT_THAT(ProblemOf({issuer_.url()}), HasSubstr("is of the issuer"));
  // By a redirect neither.
  issuer_.Set("/keys", "", "302 Found", "Location: " + inner.Url("/keys") + "\r\n");
  EXPECT_THAT(ProblemOf({issuer_.url(), issuer_.Url("/keys")}),
              HasSubstr("redirects are not followed"));
  EXPECT_EQ(inner.connections(), 0);
}

TEST_F(IssuerKeysTest, WhatAnIssuerAnswersIsBounded) {
  issuer_.Set("/keys", std::string(600 << 10, ' '));
  EXPECT_THAT(ProblemOf({issuer_.url()}), HasSubstr("/keys"));
  issuer_.Set("/keys", "<html>");
  EXPECT_THAT(ProblemOf({issuer_.url()}), HasSubstr("no JSON"));
  issuer_.Set("/keys", "", "500 Oops");
  EXPECT_THAT(ProblemOf({issuer_.url()}), HasSubstr("status 500"));
}

TEST_F(IssuerKeysTest, AreUsedForADayWhileTheIssuerIsAway) {
  IssuerKeys keys({issuer_.url()}, clock_);
  keys.Refresh();
  const std::int64_t fetched = clock_.now;
  EXPECT_EQ(keys.due_ms(), fetched + 10 * kMinute);
  issuer_.GoAway();
  std::vector<std::int64_t> pauses;
  for (int i = 0; i < 6; ++i) {
    clock_.now = keys.due_ms();
    keys.Refresh();
    pauses.push_back(keys.due_ms() - clock_.now);
  }
  EXPECT_THAT(pauses, ElementsAre(5'000, 10'000, 20'000, 40'000, 60'000, 60'000));
  clock_.now = fetched + 24 * 60 * kMinute - 1;
  EXPECT_EQ(Problem(keys), "");
  clock_.now += 1;
  EXPECT_THAT(Problem(keys), HasSubstr("status 404"));
  issuer_.Set("/keys", R"({"keys":[]})");
  issuer_.Discover(issuer_.url(), issuer_.Url("/keys"));
  keys.Refresh();
  ASSERT_EQ(Problem(keys), "");
  EXPECT_EQ((*keys.Current())->size(), 0U);  // The issuer took them back.
  EXPECT_EQ(keys.due_ms(), clock_.now + 10 * kMinute);
}

TEST_F(IssuerKeysTest, AnUnknownKeyMakesAtMostOneRequestAMinute) {
  IssuerKeys keys({issuer_.url(), issuer_.Url("/keys")}, clock_);
  keys.Refresh();
  EXPECT_TRUE(keys.MayChange());
  EXPECT_EQ(keys.due_ms(), clock_.now);
  EXPECT_TRUE(keys.MayChange());  // The same fetch.
  keys.Refresh();
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(keys.MayChange());
  clock_.now += kMinute - 1;
  EXPECT_FALSE(keys.MayChange());
  EXPECT_GT(keys.due_ms(), clock_.now);
  clock_.now += 1;
  EXPECT_TRUE(keys.MayChange());
  EXPECT_EQ(keys.due_ms(), clock_.now);
}

TEST_F(IssuerKeysTest, AThreadFetchesWhenItIsTime) {
  const auto until = [](const auto& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!holds() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return holds();
  };
  IssuerKeys keys({issuer_.url()});
  keys.Start();
  ASSERT_TRUE(until([&] { return keys.Current().has_value(); }));
  issuer_.Set("/keys", R"({"keys":[]})");
  EXPECT_TRUE(keys.MayChange());
  EXPECT_TRUE(until([&] { return (*keys.Current())->size() == 0; }));
}

TEST_F(IssuerKeysTest, NobodyWaitsForAnIssuerThatDoesNotAnswer) {
  TestServer silent([](const TestRequest&, TestConnection& out) { out.WaitForClose(); });
  const auto start = std::chrono::steady_clock::now();
  {
    IssuerKeys keys({silent.Url(""), silent.Url("/keys")});
    keys.Start();
    while (silent.requests().empty()) std::this_thread::yield();
    EXPECT_THAT(Problem(keys), HasSubstr("they are being fetched"));
    EXPECT_TRUE(keys.MayChange());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(8));
}

TEST_F(IssuerKeysTest, AreFetchedOnceForAllWhoUseThem) {
  IssuerKeyring ring;
  const KeySource source{issuer_.url()};
  auto first = ring.Get(source);
  EXPECT_EQ(ring.Get(source), first);
  const auto other = ring.Get({issuer_.url(), issuer_.Url("/keys")});
  EXPECT_NE(other, first);
  const std::weak_ptr<IssuerKeys> unused = first;
  first.reset();
  EXPECT_TRUE(unused.expired());
  EXPECT_NE(ring.Get(source), nullptr);
}

}  // namespace
}  // namespace sluice::auth
