// Asynchronous queries, asked for over HTTP.
#include "server/api/async_queries.h"

#include "server/api/test_service.h"

namespace sluice::api {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::SizeIs;

const std::string kAsync = "delta-sharing-capabilities: asyncquery=true\r\n";
const std::string kAsyncDelta =
    "delta-sharing-capabilities: responseformat=delta;readerfeatures=deletionvectors;"
    "asyncquery=true\r\n";

class AsyncQueriesTest : public ServiceTest {
 protected:
  AsyncQueriesTest() { StartWith(limits_); }
  ~AsyncQueriesTest() override {
    server_.reset();
    service_.reset();
    async_queries_.reset();  // Before the store.
  }

  void StartWith(const jobs::JobLimits& limits) {
    server_.reset();
    service_.reset();
    async_queries_.reset();
    auto opened = jobs::JobStore::Open({root_ / "queries.sqlite", limits});
    if (!opened) throw std::runtime_error(opened.error().message);
    jobs_ = *std::move(opened);
    Choices choices;
    choices.jobs = jobs_.get();
    Start(choices);
  }

  static json::object StatusOf(const http::TestAnswer& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto lines = Lines(answer);
    EXPECT_THAT(lines, SizeIs(1));
    return lines.at(0).at("queryStatus").as_object();
  }
  std::string Submit(std::string_view table, std::string_view body,
                     const std::string& headers = kAsync) {
    const auto answer = Query(table, body, headers);
    EXPECT_EQ(answer.Get("delta-sharing-capabilities"), "asyncquery=true");
    EXPECT_NE(answer.Get("delta-table-version"), "");
    return std::string(StatusOf(answer).at("queryId").as_string());
  }
  http::TestAnswer Poll(std::string_view table, const std::string& id, std::string_view body = "{}",
                        const std::string& headers = "", std::string_view token = "all") {
    return Ask("POST", fmt::format("/shares/sales/schemas/s/tables/{}/queries/{}", table, id),
               headers, body, token);
  }
  /// Waits until it is no longer pending.
  http::TestAnswer Result(std::string_view table, const std::string& id,
                          std::string_view body = "{}", const std::string& headers = "") {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (;;) {
      auto answer = Poll(table, id, body, headers);
      if (answer.body.find(R"("status":"pending")") == std::string::npos) return answer;
      if (std::chrono::steady_clock::now() > end) {
        ADD_FAILURE() << "still pending";
        return answer;
      }
      std::this_thread::yield();
    }
  }
  /// Files by id.
  static std::multiset<std::string> FilesOf(const http::TestAnswer& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    std::multiset<std::string> ids;
    for (const auto& line : Lines(answer)) {
      for (const char* name : {"file", "add", "remove"}) {
        if (const auto* file = line.as_object().if_contains(name)) {
          ids.insert(std::string(file->at("id").as_string()));
        }
      }
    }
    return ids;
  }

  const jobs::JobLimits limits_;
  std::unique_ptr<jobs::JobStore> jobs_;
};

TEST_F(AsyncQueriesTest, TheResultIsThatOfAQueryAtOnce) {
  for (const char* body :
       {"{}", R"({"limitHint":1})", R"({"version":1})", R"({"predicateHints":["p = 'a b'"]})",
        R"({"startingVersion":1})", R"({"startingVersion":1,"endingVersion":1})"}) {
    const auto at_once = Query("t", body);
    const auto result = Result("t", Submit("t", body));
    EXPECT_EQ(result.body, at_once.body) << body;
    EXPECT_EQ(result.Get("delta-table-version"), at_once.Get("delta-table-version")) << body;
    EXPECT_EQ(result.Get("content-type"), at_once.Get("content-type"));
  }
}

TEST_F(AsyncQueriesTest, FormatAndHashAreThoseOfTheSubmission) {
  const std::string hash = "fileidhash: delta\r\n";
  const auto at_once =
      Query("dv", "{}",
            kAsyncDelta.substr(0, kAsyncDelta.find(";async")) + "\r\nfileidhash: parquet\r\n");
  const auto result =
      Result("dv", Submit("dv", "{}", kAsyncDelta + "fileidhash: parquet\r\n"), "{}", hash);
  EXPECT_EQ(result.Get("delta-sharing-capabilities"), "responseformat=delta");
  EXPECT_EQ(result.Get("fileidhash"), "parquet");
  EXPECT_EQ(result.body, at_once.body);
}

TEST_F(AsyncQueriesTest, TheResultComesInPages) {
  const std::string id = Submit("big", R"({"maxFiles":1000})");
  const auto whole = FilesOf(Query("big"));
  std::multiset<std::string> files;
  std::string body = R"({"maxFiles":1100})";
  int pages = 0;
  do {
    const auto answer = Result("big", id, body);
    const auto some = FilesOf(answer);
    files.insert(some.begin(), some.end());
    const auto end = Lines(answer).back().at("endStreamAction").as_object();
    const auto* next = end.if_contains("nextPageToken");
    body = next == nullptr
               ? ""
               : json::serialize(json::object{{"maxFiles", 1100}, {"pageToken", *next}});
    ++pages;
  } while (!body.empty() && pages < 100);
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(files, whole);
  EXPECT_THAT(FilesOf(Result("big", id)), SizeIs(1000)) << "as it was submitted";
}

TEST_F(AsyncQueriesTest, TheResultStaysAsItWasWithFreshUrls) {
  const std::string id = Submit("t", "{}");
  const auto before = FilesOf(Result("t", id));
  const std::string changes = Submit("t", R"({"startingVersion":1})");
  const auto changed = FilesOf(Result("t", changes));
  WriteCommit("t", 3, Add("later.parquet", 1));
  clock_.now += 50'000'000;
  StartWith(limits_);
  const auto after = Result("t", id);
  EXPECT_EQ(after.Get("delta-table-version"), "2");
  EXPECT_EQ(FilesOf(after), before);
  EXPECT_EQ(FilesOf(Result("t", changes)), changed);
  const auto url = Lines(after)[2].at("file").at("url");
  EXPECT_EQ(AskRaw("GET", TargetOf(url)).status, 200);
  // Its time is counted from when it was done.
  clock_.now += 36'400'000;
  const auto gone = Poll("t", id);
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(Code(gone), "RESOURCE_DOES_NOT_EXIST");
  EXPECT_THAT(Message(gone), HasSubstr("expired"));
}

TEST_F(AsyncQueriesTest, WhatWasPendingIsDoneByTheNextProcess) {
  server_.reset();
  service_.reset();
  async_queries_.reset();
  jobs::Submission submission{"of all", "sales", "s", "t", "", "{}", "responseformat=parquet", ""};
  const std::string id = jobs_->Submit(submission, clock_.now)->job->id;
  StartWith(limits_);
  EXPECT_THAT(FilesOf(Result("t", id)), SizeIs(2));
}

TEST_F(AsyncQueriesTest, ASubmissionThatIsRepeatedIsOneQuery) {
  const std::string id = Submit("t", R"({"idempotencyKey":"k"})");
  EXPECT_EQ(Submit("t", R"({"idempotency_key":"k"})"), id);
  EXPECT_NE(Submit("t", R"({"idempotencyKey":"l"})"), id);
  EXPECT_NE(Submit("big", R"({"idempotencyKey":"k"})"), id);
  const auto other = Query("t", R"({"idempotencyKey":"k","limitHint":3})", kAsync);
  EXPECT_EQ(Code(other), "INVALID_PARAMETER_VALUE");
  EXPECT_THAT(Message(other), HasSubstr("idempotencyKey"));
  EXPECT_EQ(Query("t", fmt::format(R"({{"idempotencyKey":"{}"}})", std::string(600, 'k'))).status,
            400);
}

TEST_F(AsyncQueriesTest, AFailureIsTheQuerysStatus) {
  const auto failed = StatusOf(Result("dv", Submit("dv", "{}")));
  EXPECT_EQ(failed.at("status").as_string(), "failed");
  EXPECT_THAT(std::string(failed.at("errorMessage").as_string()), HasSubstr("deletionVectors"));
  const auto damaged = Query("damaged", "{}", kAsync);
  ASSERT_EQ(damaged.status, 200) << damaged.body;
  const std::string id(StatusOf(damaged).at("queryId").as_string());
  const auto status = StatusOf(Result("damaged", id));
  EXPECT_THAT(std::string(status.at("errorMessage").as_string()), HasSubstr("damaged"));
  EXPECT_THAT(json::serialize(status), Not(HasSubstr(root_.string())));
  // What is wrong with the request itself is told at once.
  EXPECT_EQ(Query("t", R"({"version":-1})", kAsync).status, 400);
  EXPECT_EQ(Query("unknown", "{}", kAsync).status, 404);
  EXPECT_EQ(Query("t", "{}", kAsync + "fileidhash: md4\r\n").status, 400);
}

TEST_F(AsyncQueriesTest, AQueryIsItsRecipientsAndItsTables) {
  const std::string id = Submit("t", "{}");
  EXPECT_EQ(Result("t", id).status, 200);
  for (const auto& answer :
       {Poll("t", id, "{}", "", "sales"), Poll("big", id), Poll("t", id + "x"), Poll("t", "no"),
        Ask("POST", "/shares/sales/schemas/Other/tables/t/queries/" + id, "", "{}"),
        Ask("POST", "/shares/Hidden/schemas/s/tables/t/queries/" + id, "", "{}", "sales")}) {
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(Code(answer), "RESOURCE_DOES_NOT_EXIST");
  }
  EXPECT_EQ(Poll("t", id, "{}", "", "").status, 401);
  EXPECT_EQ(Ask("POST", "/shares/SALES/schemas/S/tables/T/queries/" + id, "", "{}").status, 200);
  EXPECT_EQ(Poll("t", id, R"({"maxFiles":0})").status, 400);
  EXPECT_EQ(Poll("t", id, R"({"pageToken":"x"})").status, 400);
  EXPECT_EQ(Poll("t", id, "[").status, 400);
}

TEST_F(AsyncQueriesTest, ARecipientHasItsPart) {
  StartWith({.max_pending = 16, .max_kept = 2});
  Submit("t", "{}");
  Submit("t", "{}");
  const auto refused = Query("t", "{}", kAsync);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(Code(refused), "TOO_MANY_REQUESTS");
  EXPECT_NE(refused.Get("retry-after"), "");
  EXPECT_EQ(Query("t", "{}", kAsync, "sales").status, 200);
}

TEST_F(AsyncQueriesTest, RefreshTokensComeWithTheResult) {
  const auto result = Result("t", Submit("t", R"({"includeRefreshToken":true})"));
  const auto end = Lines(result).back().at("endStreamAction").as_object();
  const json::object again{{"refreshToken", end.at("refreshToken")}};
  WriteCommit("t", 3, Add("later.parquet", 1));
  EXPECT_EQ(FilesOf(Query("t", json::serialize(again))), FilesOf(result));
  EXPECT_EQ(FilesOf(Result("t", Submit("t", json::serialize(again)))), FilesOf(result));
}

TEST_F(AsyncQueriesTest, WithoutAStoreQueriesAreAnsweredAtOnce) {
  Start({});
  EXPECT_THAT(FilesOf(Query("t", "{}", kAsync)), SizeIs(2));
  EXPECT_EQ(Poll("t", "x").status, 404);
}

}  // namespace
}  // namespace sluice::api
