// What is answered without a thread of the pools.
#include <functional>
#include <future>
#include <latch>

#include "server/api/recent_answers.h"
#include "server/api/test_service.h"
#include "storage/local_store.h"

namespace sluice::api {
namespace {

using ::testing::HasSubstr;

/// Keeps all threads of a pool busy for as long as it lives.
class Busy {
 public:
  explicit Busy(ThreadPool& pool) {
    std::latch begun(pool.size());
    for (int i = 0; i < pool.size(); ++i) {
      pool.Submit([&begun, ended = ended_] {
        begun.count_down();
        ended.wait();
      });
    }
    begun.wait();
  }
  ~Busy() { end_.set_value(); }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  std::promise<void> end_;
  const std::shared_future<void> ended_ = end_.get_future().share();
};

class AtOnceTest : public ServiceTest {
 protected:
  AtOnceTest() {
    if (!storage::IsOnLocalFileSystem(root_)) skip_ = true;
  }
  void SetUp() override {
    if (skip_) GTEST_SKIP() << "temporary files do not lie on a file system of this machine's own";
    Query("t");
    Query("big");
  }
  static int Waiting(const http::WorkQueue& queue) {
    return static_cast<int>(queue.figures().left + queue.figures().waiting);
  }

 private:
  bool skip_ = false;
};

TEST_F(AtOnceTest, SmallAnswersNeedNoThreadOfThePools) {
  const Busy tables(table_pools_.local().threads);
  const Busy answers(pool_);
  EXPECT_THAT(Ask("GET", "/shares").body, HasSubstr("sales"));
  EXPECT_EQ(Ask("GET", "/shares/sales").status, 200);
  EXPECT_EQ(Ask("GET", "/shares/sales/schemas").status, 200);
  EXPECT_EQ(Ask("GET", "/shares/sales/schemas/s/tables/t/version").status, 200);
  EXPECT_EQ(Ask("GET", "/shares/sales/schemas/s/tables/t/metadata").status, 200);
  EXPECT_EQ(Lines(Query("t")).size(), 4);
  EXPECT_EQ(Query("t", "{}", "", "sales").status, 200);
  EXPECT_EQ(Ask("GET", "/shares/Hidden", "", "", "sales").status, 404);
  EXPECT_EQ(Ask("GET", "/shares", "", "", "unknown").status, 401);
  EXPECT_EQ(Ask("GET", "/shares", "", "", "far").status, 403);
}

TEST_F(AtOnceTest, WhatIsAskedTooOftenIsCountedOnce) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Query("t", "{}", "", "few").status, 200);
  EXPECT_EQ(Query("t", "{}", "", "few").status, 429);
  clock_.now += 60'000;
  // Those that begin again on a pool likewise.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Query("big", "{}", "", "few").status, 200);
  EXPECT_EQ(Query("big", "{}", "", "few").status, 429);
}

TEST_F(AtOnceTest, ANewVersionIsSeenWithTheNextRequest) {
  EXPECT_EQ(Query("t").Get("delta-table-version"), "2");
  WriteCommit("t", 3, Add("four.parquet", 40));
  EXPECT_EQ(Ask("GET", "/shares/sales/schemas/s/tables/t/version").Get("delta-table-version"), "3");
  EXPECT_EQ(Query("t").Get("delta-table-version"), "3");
}

/// Everything that reads more than a small table's newest version waits its turn on the pool.
TEST_F(AtOnceTest, LongerWorkIsLeftToThePools) {
  const auto uses_the_pool = [&](const std::function<http::TestAnswer()>& ask) {
    const int before = Waiting(table_pools_.local().queue);
    const auto answer = ask();
    EXPECT_EQ(answer.status, 200) << answer.body;
    return Waiting(table_pools_.local().queue) > before;
  };
  EXPECT_FALSE(uses_the_pool([&] { return Query("t"); }));
  EXPECT_TRUE(uses_the_pool([&] { return Query("big"); }));
  EXPECT_TRUE(uses_the_pool([&] { return Query("t", R"({"version":1})"); }));
  EXPECT_TRUE(uses_the_pool([&] { return Query("t", "{}", "", "rows"); }));
  EXPECT_TRUE(uses_the_pool([&] {
    return Query(
        "dv", "{}",
        "delta-sharing-capabilities: responseformat=delta;readerfeatures=deletionvectors\r\n");
  }));
  EXPECT_TRUE(uses_the_pool([&] { return Query("t", "{" + std::string(20'000, ' ') + "}"); }));
  EXPECT_TRUE(uses_the_pool(
      [&] { return Ask("GET", "/shares/sales/schemas/s/tables/t/metadata?version=1"); }));
}

TEST_F(AtOnceTest, TheSameQuestionHasTheSameAnswerForASecond) {
  const auto first = Query("t");
  clock_.now += RecentAnswers::kAgeMs - 1;
  const auto again = Query("t");
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.Get("delta-table-version"), "2");
  EXPECT_EQ(again.Get("content-type"), first.Get("content-type"));
  EXPECT_NE(again.Get("x-request-id"), first.Get("x-request-id"));
  clock_.now += 1;
  EXPECT_NE(Query("t").body, first.body);  // Its URLs end later.
}

TEST_F(AtOnceTest, AnotherQuestionHasAnotherAnswer) {
  const auto url_in = [](const http::TestAnswer& answer) {
    return TargetOf(Lines(answer).at(2).at("file").at("url"));
  };
  const std::string first = url_in(Query("t"));
  EXPECT_EQ(url_in(Query("t")), first);
  EXPECT_NE(url_in(Query("t", "{}", "", "sales")), first);
  EXPECT_EQ(Lines(Query("t", R"({"limitHint":1})")).size(), 3);
  EXPECT_THAT(Query("t", "{}", "delta-sharing-capabilities: responseformat=delta\r\n").body,
              HasSubstr("deltaProtocol"));
  const auto hash = "fileidhash: delta\r\n";
  EXPECT_EQ(Query("t", "{}", hash).Get("fileidhash"), "delta");
  EXPECT_EQ(Query("t").Get("fileidhash"), "");
  const std::string of_schema = "/shares/sales/schemas/Other/tables/t/query";
  EXPECT_NE(url_in(Ask("POST", of_schema, "", "{}")), first);
  EXPECT_EQ(Ask("POST", "/shares/Hidden/schemas/s/tables/t/query", "", "{}", "sales").status, 404);
  WriteCommit("t", 3, Add("four.parquet", 40));
  EXPECT_EQ(Lines(Query("t")).size(), 5);
}

}  // namespace
}  // namespace sluice::api
