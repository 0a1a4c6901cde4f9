// Pages of queries of one version, and renewed URLs, asked for over HTTP.
#include <set>

#include "server/api/test_service.h"

namespace sluice::api {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::SizeIs;

const std::string kDelta =
    "delta-sharing-capabilities: responseformat=delta;readerfeatures=deletionvectors,"
    "columnmapping\r\n";
const std::string kEnd = "delta-sharing-capabilities: includeendstreamaction=true\r\n";

class SnapshotPagesTest : public ServiceTest {
 protected:
  struct Page {
    std::vector<std::string> head;   ///< The first two lines.
    std::multiset<std::string> ids;  ///< Of files, in a delta-format answer with their vectors'.
    json::object end;                ///< Empty: there was none.
  };

  static std::string TextOf(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value == nullptr ? "" : std::string(value->as_string());
  }
  static std::string NextOf(const Page& page) { return TextOf(page.end, "nextPageToken"); }
  static std::string RefreshOf(const Page& page) { return TextOf(page.end, "refreshToken"); }

  static Page Read(const http::TestAnswer& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    Page page;
    for (const auto& line : Lines(answer)) {
      const auto& [name, value] = *line.as_object().begin();
      if (name == "endStreamAction") {
        page.end = value.as_object();
      } else if (name == "file") {
        const auto& file = value.as_object();
        page.ids.insert(TextOf(file, "id") + TextOf(file, "deletionVectorFileId"));
      } else {
        page.head.push_back(json::serialize(line));
      }
    }
    return page;
  }

  static std::string Body(json::object question, const std::string& token) {
    if (!token.empty()) question["pageToken"] = token;
    return json::serialize(question);
  }

  /// All pages of a question; `between` is called before each but the first.
  template <typename Between>
  std::vector<Page> Pages(std::string_view table, const json::object& question,
                          const std::string& headers, const Between& between) {
    std::vector<Page> pages;
    std::string token;
    do {
      if (!token.empty()) between();
      pages.push_back(Read(Query(table, Body(question, token), headers)));
      token = NextOf(pages.back());
    } while (!token.empty() && pages.size() < 5000);
    return pages;
  }
  std::vector<Page> Pages(std::string_view table, const json::object& question,
                          const std::string& headers = "") {
    return Pages(table, question, headers, [] {});
  }

  static std::multiset<std::string> IdsOf(const std::vector<Page>& pages) {
    std::multiset<std::string> ids;
    for (const Page& page : pages) ids.insert(page.ids.begin(), page.ids.end());
    return ids;
  }

  /// The table `t` with files of many times; its versions 3 to 12 add three each.
  void Grow() {
    for (int version = 3; version <= 12; ++version) {
      std::string lines;
      for (int i = 0; i < 3; ++i) {
        lines += Add(fmt::format("{}-{}.parquet", version, i), 7, "", R"("p":"a b")");
      }
      WriteCommit("t", version, lines);
    }
  }
};

TEST_F(SnapshotPagesTest, AnyPageSizeGivesTheSameFilesAsNone) {
  Grow();
  for (const auto& headers : {std::string(), kDelta}) {
    for (json::object question :
         {json::object{}, json::object{{"version", 9}}, json::object{{"limitHint", 100}},
          json::object{{"predicateHints", {"p = 'a b'"}}},
          json::object{{"predicateHints", {"p = 'a b'"}}, {"limitHint", 60}},
          json::object{{"timestamp", "2090-01-01T00:00:00Z"}}}) {
      if (question.contains("timestamp")) {
        // The newest version's own time.
        const auto lines = Lines(Query("t", R"({"version":12})"));
        question["timestamp"] =
            FormatTimestamp(lines.back().at("file").at("timestamp").as_int64() + 0);
      }
      const Page whole = Read(Query("t", json::serialize(question), headers));
      EXPECT_TRUE(whole.end.empty());
      for (const int size : {1, 2, 5, 31, 32, 1000}) {
        question["maxFiles"] = size;
        const auto pages = Pages("t", question, headers);
        EXPECT_EQ(IdsOf(pages), whole.ids) << json::serialize(question);
        for (const Page& page : pages) {
          EXPECT_EQ(page.head, whole.head);
          EXPECT_LE(page.ids.size(), static_cast<std::size_t>(size));
        }
        const auto expected = (whole.ids.size() + static_cast<std::size_t>(size) - 1) /
                              static_cast<std::size_t>(size);
        EXPECT_EQ(pages.size(), expected) << json::serialize(question);
      }
    }
  }
}

TEST_F(SnapshotPagesTest, DeletionVectorsComeAlong) {
  const Page whole = Read(Query("dv", "{}", kDelta));
  ASSERT_THAT(whole.ids, SizeIs(3));
  EXPECT_EQ(IdsOf(Pages("dv", {{"maxFiles", 1}}, kDelta)), whole.ids);
}

TEST_F(SnapshotPagesTest, PagesAreOfTheFirstOnesVersionWhileTheTableChanges) {
  Grow();
  const Page whole = Read(Query("t"));
  int version = 13;
  const auto change = [&] {
    WriteCommit("t", version,
                Add(fmt::format("new-{}.parquet", version), 1) +
                    fmt::format(R"({{"remove":{{"path":"{}-0.parquet","dataChange":true}}}})"
                                "\n",
                                version - 10));
    ++version;
    EXPECT_EQ(Query("t").Get("delta-table-version"), std::to_string(version - 1));
  };
  EXPECT_EQ(IdsOf(Pages("t", {{"maxFiles", 5}}, "", change)), whole.ids);
  EXPECT_GT(version, 17);
}

TEST_F(SnapshotPagesTest, AnotherProcessWithTheSecretGoesOn) {
  Grow();
  const Page whole = Read(Query("t"));
  EXPECT_EQ(IdsOf(Pages("t", {{"maxFiles", 4}}, "", [&] { Start({}); })), whole.ids);
  // And one that keeps no table in memory.
  Choices forgetful;
  forgetful.max_tables = 0;
  Start(forgetful);
  EXPECT_EQ(IdsOf(Pages("t", {{"maxFiles", 4}})), whole.ids);

  const std::string token = NextOf(Read(Query("t", R"({"maxFiles":4})")));
  Choices other;
  other.secret = std::string(32, 'x');
  Start(other);
  EXPECT_THAT(Message(Query("t", Body({{"maxFiles", 4}}, token))), HasSubstr("does not belong"));
}

TEST_F(SnapshotPagesTest, TwoKeysAreGoodWhileOneTakesTheOthersPlace) {
  Grow();
  WriteFile("t/3-0.parquet", "rows");
  const Page whole = Read(Query("t", R"({"includeRefreshToken":true})"));
  Choices before;
  Choices after;
  before.secret = std::string(32, 'b');
  after.secret = std::string(32, 'a');
  before.accepted_secrets = {after.secret};
  after.accepted_secrets = {before.secret};
  bool turn = false;
  Start(before);
  const auto swap = [&] { Start((turn = !turn) ? after : before); };
  EXPECT_EQ(IdsOf(Pages("t", {{"maxFiles", 4}}, "", swap)), whole.ids);
  ASSERT_THAT(
      Message(Query("t", json::serialize(json::object{{"refreshToken", RefreshOf(whole)}}))),
      HasSubstr("does not belong"));

  Start(before);
  const auto first = Query("t", R"({"includeRefreshToken":true})");
  const std::string refresh =
      json::serialize(json::object{{"refreshToken", RefreshOf(Read(first))}});
  std::string target;
  for (const auto& line : Lines(first)) {
    const auto* file = line.as_object().if_contains("file");
    if (file == nullptr) continue;
    const std::string at = TargetOf(file->at("url"));
    if (at.find("/3-0.parquet?") != std::string::npos) target = at;
  }
  const auto listing = Ask("GET", "/shares?maxResults=1");
  const std::string next =
      "/shares?pageToken=" + TextOf(json::parse(listing.body).as_object(), "nextPageToken");
  Start(after);
  EXPECT_EQ(Query("t", refresh).status, 200);
  EXPECT_EQ(AskRaw("GET", target).body, "rows");
  EXPECT_EQ(Ask("GET", next).status, 200);
  // The old key has served its time.
  after.accepted_secrets.clear();
  Start(after);
  EXPECT_THAT(Message(Query("t", refresh)), HasSubstr("does not belong"));
  EXPECT_EQ(AskRaw("GET", target).status, 403);
  EXPECT_EQ(Ask("GET", next).status, 400);
}

TEST_F(SnapshotPagesTest, AManyPagedAnswerOfATableWithoutHistory) {
  const Page whole = Read(Query("big"));
  const auto pages = Pages("big", {{"maxFiles", 700}});
  EXPECT_THAT(pages, SizeIs(5));
  EXPECT_EQ(IdsOf(pages), whole.ids);
  EXPECT_EQ(pages.back().ids.size(), 200U);
}

TEST_F(SnapshotPagesTest, ThePageLimitOfTheServerHolds) {
  Choices choices;
  choices.max_page_files = 1000;
  Start(choices);
  const auto pages = Pages("big", {{"maxFiles", 2500}});
  EXPECT_THAT(pages, SizeIs(3));
  EXPECT_THAT(IdsOf(pages), SizeIs(3000));
  EXPECT_THAT(Read(Query("big")).ids, SizeIs(3000)) << "who asks for no pages gets none";
}

TEST_F(SnapshotPagesTest, UrlsOfLaterPagesAreFresh) {
  const Page first = Read(Query("t", R"({"maxFiles":1})"));
  clock_.now += 10'000'000;
  const auto answer = Query("t", Body({{"maxFiles", 1}}, NextOf(first)));
  const Page second = Read(answer);
  EXPECT_EQ(second.end.at("minUrlExpirationTimestamp").as_int64(), clock_.now + 3'600'000);
  EXPECT_EQ(AskRaw("GET", TargetOf(Lines(answer)[2].at("file").at("url"))).status, 200);
  EXPECT_TRUE(NextOf(second).empty());
}

TEST_F(SnapshotPagesTest, ATokenFitsOneQuestionOfOneRecipient) {
  const json::object question{{"maxFiles", 1}, {"limitHint", 1000}};
  const std::string token = NextOf(Read(Query("t", json::serialize(question))));
  ASSERT_FALSE(token.empty());
  EXPECT_EQ(Query("t", Body(question, token)).status, 200);
  EXPECT_EQ(Query("t", Body({{"limitHint", 1000}}, token)).status, 200);
  EXPECT_EQ(Query("t", Body({{"limitHint", 1000}, {"maxFiles", 9}}, token), kEnd).status, 200);
  std::string forged = token;
  forged[20] = forged[20] == 'A' ? 'B' : 'A';
  for (const auto& answer :
       {Query("t", Body({{"maxFiles", 1}}, token)),
        Query("t", Body({{"maxFiles", 1}, {"limitHint", 999}}, token)),
        Query("t", Body({{"maxFiles", 1}, {"limitHint", 1000}, {"version", 2}}, token)),
        Query("t", Body({{"limitHint", 1000}, {"predicateHints", {"p = 'x'"}}}, token)),
        Query("t", Body({{"limitHint", 1000}, {"startingVersion", 1}}, token)),
        Query("t", Body(question, token), "fileidhash: delta\r\n"),
        Query("t", Body(question, token), "", "sales"), Query("t", Body(question, forged)),
        Query("big", Body(question, token)),
        Ask("POST", "/shares/sales/schemas/Other/tables/t/query", "", Body(question, token)),
        Query("t", Body(question, token), kDelta)}) {
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(Code(answer), "INVALID_PARAMETER_VALUE");
    EXPECT_THAT(Message(answer), HasSubstr("page token"));
    EXPECT_THAT(Message(answer), HasSubstr("does not belong"));
  }
  clock_.now += 259'200'000;
  EXPECT_THAT(Message(Query("t", Body(question, token))), HasSubstr("expired"));
}

TEST_F(SnapshotPagesTest, AVersionThatWasMadeAnewIsNoLongerPaged) {
  const std::string token = NextOf(Read(Query("t", R"({"maxFiles":1})")));
  WriteCommit("t", 2, Add("other.parquet", 1));
  Start({});
  EXPECT_THAT(Message(Query("t", Body({{"maxFiles", 1}}, token))), HasSubstr("not what it was"));
}

TEST_F(SnapshotPagesTest, ARefreshTokenGivesTheSameVersionWithNewUrls) {
  const auto answer = Query("big", R"({"includeRefreshToken":true})");
  const Page before = Read(answer);
  const std::string token = RefreshOf(before);
  ASSERT_FALSE(token.empty());
  EXPECT_TRUE(NextOf(before).empty());
  WriteCommit("big", 1, Add("another.parquet", 1));
  clock_.now += 3'000'000;
  EXPECT_THAT(Read(Query("big")).ids, SizeIs(3001));
  for (const bool restarted : {false, true}) {
    if (restarted) Start({});
    const auto again = Query("big", json::serialize(json::object{{"refreshToken", token},
                                                                 {"includeRefreshToken", true}}));
    EXPECT_EQ(again.Get("delta-table-version"), "0");
    const Page renewed = Read(again);
    EXPECT_EQ(renewed.ids, before.ids);
    EXPECT_EQ(renewed.head, before.head);
    EXPECT_EQ(renewed.end.at("minUrlExpirationTimestamp").as_int64(), clock_.now + 3'600'000);
    EXPECT_NE(RefreshOf(renewed), "");
    EXPECT_NE(RefreshOf(renewed), token);
  }
  EXPECT_THAT(Read(Query("big", json::serialize(json::object{{"refreshToken", token}}))).ids,
              SizeIs(3000));
}

TEST_F(SnapshotPagesTest, ARefreshTokenWithPages) {
  const Page first = Read(Query("big", R"({"includeRefreshToken":true,"maxFiles":2000})"));
  const std::string token = RefreshOf(first);
  WriteCommit("big", 1, Add("another.parquet", 1));
  const Page renewed = Read(
      Query("big", json::serialize(json::object{{"refreshToken", token}, {"maxFiles", 2000}})));
  EXPECT_EQ(renewed.ids, first.ids);
  // Clients leave the refresh token out when they ask for the next page.
  const Page second = Read(Query("big", Body({{"maxFiles", 2000}}, NextOf(renewed))));
  EXPECT_THAT(second.ids, SizeIs(1000));
  EXPECT_EQ(RefreshOf(second), "");
}

TEST_F(SnapshotPagesTest, ARefreshTokenFitsOneQuestionOfOneRecipient) {
  const Page before = Read(Query("t", R"({"includeRefreshToken":true,"maxFiles":1})"));
  const auto ask = [&](json::object more, std::string_view recipient = "all",
                       const std::string& headers = "") {
    if (!more.contains("refreshToken")) more["refreshToken"] = RefreshOf(before);
    return Query("t", json::serialize(more), headers, recipient);
  };
  EXPECT_EQ(ask({}).status, 200);
  for (const auto& answer : {ask({}, "sales"), ask({{"limitHint", 5}}), ask({}, "all", kDelta),
                             ask({{"refreshToken", NextOf(before)}}), ask({{"refreshToken", "x"}}),
                             ask({{"predicateHints", {"p = 'x'"}}})}) {
    EXPECT_EQ(Code(answer), "INVALID_PARAMETER_VALUE");
    EXPECT_THAT(Message(answer), HasSubstr("refresh token"));
  }
  EXPECT_THAT(Message(Query("t", Body({{"maxFiles", 1}}, RefreshOf(before)))),
              HasSubstr("page token"));
  EXPECT_THAT(Message(ask({{"version", 1}})), HasSubstr("latest version only"));
  clock_.now += 3'600'000;
  EXPECT_THAT(Message(ask({})), HasSubstr("refresh token has expired"));
}

}  // namespace
}  // namespace sluice::api
