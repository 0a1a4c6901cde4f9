// Changes and queries that follow a table, asked for over HTTP.
#include "server/api/test_service.h"

namespace sluice::api {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kDelta =
    "delta-sharing-capabilities: responseformat=delta;readerfeatures=deletionvectors,"
    "columnmapping\r\n";
const std::string kEnd = "delta-sharing-capabilities: includeendstreamaction=true\r\n";
const std::string kFeedOn = R"({"delta.enableChangeDataFeed":"true"})";

std::string Remove(std::string_view path, std::string_view more = "") {
  return fmt::format(
      R"({{"remove":{{"path":"{}","deletionTimestamp":7,"dataChange":true,)"
      R"("extendedFileMetadata":true,"partitionValues":{{"p":"a b"}},"size":120{}}}}})"
      "\n",
      path, more);
}

std::string Cdc(std::string_view path) {
  return fmt::format(
      R"({{"cdc":{{"path":"{}","partitionValues":{{"p":"a b"}},"size":50,"dataChange":false}}}})"
      "\n",
      path);
}

/// Writes over the table `t`, whose shared history begins with version 1.
class ChangesTest : public ServiceTest {
 protected:
  ChangesTest() {
    std::filesystem::remove_all(root_ / "t" / "_delta_log");
    WriteCommit("t", 0, Head(kFeedOn) + Add("zero.parquet", 1));
    WriteCommit("t", 1, Add("one.parquet", 10) + Add("two.parquet", 20));
    WriteCommit("t", 2,
                Remove("two.parquet") + Add("new.parquet", 1) + Cdc("_change_data/c1.parquet"));
    WriteCommit("t", 3, Remove("one.parquet"));
  }

  http::TestAnswer Changes(std::string_view query, const std::string& headers = "",
                           std::string_view token = "all") {
    return Ask("GET", fmt::format("/shares/sales/schemas/s/tables/t/changes?{}", query), headers,
               "", token);
  }

  /// "add one.parquet 1" of each line in the parquet format; other lines by their name.
  static std::vector<std::string> Summary(const http::TestAnswer& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    std::vector<std::string> out;
    for (const auto& line : Lines(answer)) {
      const auto& [name, value] = *line.as_object().begin();
      std::string text(name);
      if (const auto* url = value.as_object().if_contains("url")) {
        const std::string target = TargetOf(*url);
        const auto begin = target.rfind('/') + 1;
        text += fmt::format(" {} {}", target.substr(begin, target.find('?') - begin),
                            value.at("version").as_int64());
      }
      out.push_back(std::move(text));
    }
    return out;
  }
};

TEST_F(ChangesTest, TheFeedInTheParquetFormat) {
  const auto answer = Changes("startingVersion=1");
  EXPECT_EQ(answer.Get("delta-table-version"), "1");
  EXPECT_EQ(answer.Get("content-type"), "application/x-ndjson; charset=utf-8");
  EXPECT_EQ(answer.Get("delta-sharing-capabilities"), "responseformat=parquet");
  EXPECT_THAT(Summary(answer),
              ElementsAre("protocol", "metaData", "add one.parquet 1", "add two.parquet 1",
                          "cdf c1.parquet 2", "remove one.parquet 3"));
  const auto lines = Lines(answer);
  EXPECT_EQ(lines[1].at("metaData").at("version").as_int64(), 3);
  EXPECT_TRUE(lines[2].at("add").as_object().contains("stats"));
  const auto& remove = lines[5].at("remove");
  EXPECT_EQ(remove.at("size").as_int64(), 120);
  EXPECT_EQ(remove.at("partitionValues").at("p").as_string(), "a b");
  EXPECT_GT(remove.at("timestamp").as_int64(), 1'500'000'000'000);
  EXPECT_EQ(remove.at("expirationTimestamp").as_int64(), clock_.now + 3'600'000);
  EXPECT_EQ(server_->sink.WaitFor(1).front().files, 4);
}

TEST_F(ChangesTest, UrlsOfChangeFilesCanBeFetched) {
  WriteFile("t/_change_data/c1.parquet", "change data");
  const auto lines = Lines(Changes("startingVersion=2&endingVersion=2"));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(AskRaw("GET", TargetOf(lines[2].at("cdf").at("url"))).body, "change data");
}

TEST_F(ChangesTest, TheFeedInTheDeltaFormat) {
  const auto lines = Lines(Changes("startingVersion=1&includeHistoricalMetadata=True", kDelta));
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_FALSE(lines[0].at("protocol").as_object().contains("version"));
  EXPECT_EQ(lines[1].at("metaData").at("version").as_int64(), 1);
  const auto action = [&](std::size_t line) -> const json::object& {
    return lines[line].at("file").at("deltaSingleAction").as_object();
  };
  EXPECT_TRUE(action(2).contains("add"));
  const auto& cdc = action(4).at("cdc");
  EXPECT_FALSE(cdc.at("dataChange").as_bool());
  EXPECT_EQ(cdc.at("partitionValues").at("p").as_string(), "a b");
  EXPECT_THAT(std::string(cdc.at("path").as_string()), HasSubstr("/_change_data/c1.parquet?"));
  const auto& remove = action(5).at("remove");
  EXPECT_TRUE(remove.at("extendedFileMetadata").as_bool());
  EXPECT_EQ(remove.at("deletionTimestamp").as_int64(), 7);
  EXPECT_EQ(lines[5].at("file").at("version").as_int64(), 3);
}

TEST_F(ChangesTest, FollowingATableByQuery) {
  const auto answer = Query("t", R"({"startingVersion":1,"endingVersion":2})");
  EXPECT_EQ(answer.Get("delta-table-version"), "1");
  EXPECT_THAT(Summary(answer),
              ElementsAre("protocol", "metaData", "add one.parquet 1", "add two.parquet 1",
                          "remove two.parquet 2", "add new.parquet 2"));
  EXPECT_EQ(Lines(answer)[1].at("metaData").at("version").as_int64(), 1);
}

TEST_F(ChangesTest, WhatHappensToTheTableIsToldWhereItWasAskedFor) {
  WriteCommit(
      "t", 4,
      Head(kFeedOn, R"({"minReaderVersion":1,"minWriterVersion":4})") + Add("four.parquet", 1));
  EXPECT_EQ(Summary(Changes("startingVersion=3")).size(), 4U);
  EXPECT_THAT(Summary(Changes("startingVersion=3&includeHistoricalMetadata=true")),
              ElementsAre("protocol", "metaData", "remove one.parquet 3", "metaData",
                          "add four.parquet 4"));
  EXPECT_THAT(Summary(Query("t", R"({"startingVersion":3})")),
              ElementsAre("protocol", "metaData", "remove one.parquet 3", "metaData",
                          "add four.parquet 4"));
  const auto lines =
      Lines(Query("t", R"({"startingVersion":3,"includeHistoricalProtocol":true})", kDelta));
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[0].at("protocol").at("version").as_int64(), 3);
  EXPECT_EQ(lines[3].at("protocol").at("version").as_int64(), 4);
  EXPECT_EQ(lines[3].at("protocol").at("deltaProtocol").at("minWriterVersion").as_int64(), 4);
  EXPECT_EQ(lines[4].at("metaData").at("version").as_int64(), 4);
}

TEST_F(ChangesTest, DeletionVectorsNeedTheDeltaFormat) {
  WriteCommit("t", 4,
              R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":)"
              R"(["deletionVectors"],"writerFeatures":["deletionVectors","changeDataFeed"]}})"
              "\n");
  const std::string vector =
      R"(,"deletionVector":{"storageType":"u","pathOrInlineDv":"ab^-aqEH.-t@S}K{vb[*k^",)"
      R"("offset":4,"sizeInBytes":40,"cardinality":6})";
  WriteCommit("t", 5, Remove("new.parquet") + Add("new.parquet", 10, vector));
  const auto refused = Changes("startingVersion=3");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(Code(refused), "UNSUPPORTED_OPERATION");
  EXPECT_THAT(Message(refused), HasSubstr("deletionVectors"));
  // Where none is used, parquet can tell the changes.
  EXPECT_EQ(Summary(Changes("startingVersion=3&endingVersion=4")).size(), 3U);

  const auto lines = Lines(Changes("startingVersion=3&includeHistoricalMetadata=true", kDelta));
  ASSERT_EQ(lines.size(), 5U);
  const auto& protocol = lines[0].at("protocol").at("deltaProtocol");
  EXPECT_EQ(protocol.at("minReaderVersion").as_int64(), 3) << "for the files of version 5";
  const auto& removed = lines[3].at("file").at("deltaSingleAction").at("remove").as_object();
  const auto& added = lines[4].at("file").at("deltaSingleAction").at("add").as_object();
  EXPECT_FALSE(removed.contains("deletionVector"));
  EXPECT_EQ(added.at("deletionVector").at("cardinality").as_int64(), 6);
  EXPECT_EQ(removed.at("path"), added.at("path")) << "clients pair them by path";
  EXPECT_TRUE(lines[4].at("file").as_object().contains("deletionVectorFileId"));
}

TEST_F(ChangesTest, OnlySharedHistoryIsTold) {
  EXPECT_THAT(Message(Changes("startingVersion=0")), HasSubstr("begins with version 1"));
  EXPECT_THAT(Message(Query("t", R"({"startingVersion":0})")), HasSubstr("begins with version 1"));
  for (const auto& answer :
       {Query("big", R"({"startingVersion":1})"),
        Ask("GET", "/shares/sales/schemas/s/tables/big/changes?startingVersion=1"),
        Ask("GET",
            "/shares/sales/schemas/s/tables/big/changes?startingVersion=1&endingTimestamp="
            "2024-01-01T00:00:00Z")}) {
    EXPECT_EQ(Code(answer), "INVALID_PARAMETER_VALUE");
    EXPECT_THAT(Message(answer), HasSubstr("history"));
  }
  EXPECT_EQ(
      Ask("GET", "/shares/Hidden/schemas/s/tables/t/changes?startingVersion=1", "", "", "sales")
          .status,
      404);
}

TEST_F(ChangesTest, RefusalsNameWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "startingVersion or startingTimestamp"},
      {"startingVersion=4", "latest version of the table is 3"},
      {"startingVersion=2&endingVersion=1", "endingVersion (1)"},
      {"startingTimestamp=2999-01-01T00:00:00Z", "2999"},
      {"startingVersion=1&endingTimestamp=1999-01-01T00:00:00Z", "1999"},
      {"startingVersion=1&pageToken=x", "page token"},
  };
  for (const auto& [query, message] : cases) {
    const auto answer = Changes(query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(Code(answer), "INVALID_PARAMETER_VALUE") << query;
    EXPECT_THAT(Message(answer), HasSubstr(message)) << query;
  }
  WriteCommit("t", 4, Head(R"({})"));
  EXPECT_THAT(Message(Changes("startingVersion=1")), HasSubstr("was off at version 4"));
  EXPECT_EQ(Changes("startingVersion=1&endingVersion=3").status, 200);
  EXPECT_EQ(Query("t", R"({"startingVersion":1})").status, 200);
}

TEST_F(ChangesTest, TimesStandForVersions) {
  const auto lines = Lines(Changes("startingVersion=1"));
  const auto time = [&](std::size_t line, const char* name) {
    std::string text = FormatTimestamp(lines[line].at(name).at("timestamp").as_int64());
    return text;
  };
  const auto answer = Changes(
      fmt::format("startingTimestamp={}&endingTimestamp={}", time(4, "cdf"), time(5, "remove")));
  EXPECT_EQ(answer.Get("delta-table-version"), "2");
  EXPECT_THAT(Summary(answer),
              ElementsAre("protocol", "metaData", "cdf c1.parquet 2", "remove one.parquet 3"));
}

TEST_F(ChangesTest, TheEndIsToldToThoseWhoAsk) {
  const auto lines = Lines(Changes("startingVersion=1", kEnd));
  ASSERT_EQ(lines.size(), 7U);
  const auto& end = lines.back().at("endStreamAction").as_object();
  EXPECT_EQ(end.at("minUrlExpirationTimestamp").as_int64(), clock_.now + 3'600'000);
  EXPECT_FALSE(end.contains("nextPageToken"));
}

/// Lines of files of all pages; `ask(token)` gets a page.
template <typename Ask>
std::vector<std::string> AllPages(const Ask& ask) {
  std::vector<std::string> files;
  std::string token;
  do {
    auto lines = ask(token);
    const auto end = json::parse(lines.back());
    lines.pop_back();
    files.insert(files.end(), lines.begin() + 2, lines.end());
    const auto* next = end.at("endStreamAction").as_object().if_contains("nextPageToken");
    token = next == nullptr ? "" : std::string(next->as_string());
  } while (!token.empty());
  return files;
}

std::vector<std::string> TextLines(const std::string& body) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < body.size(); at = body.find('\n', at) + 1) {
    lines.push_back(body.substr(at, body.find('\n', at) - at));
  }
  return lines;
}

TEST_F(ChangesTest, PagesAddUpWhileTheTableGrows) {
  auto whole = TextLines(Changes("startingVersion=1").body);
  whole.erase(whole.begin(), whole.begin() + 2);
  auto followed = TextLines(Query("t", R"({"startingVersion":1})").body);
  followed.erase(followed.begin(), followed.begin() + 2);
  int version = 4;
  const auto grow = [&] {
    WriteCommit("t", version, Add(fmt::format("{}.parquet", version), 1)), ++version;
  };
  EXPECT_EQ(AllPages([&](const std::string& token) {
              if (!token.empty()) grow();
              return TextLines(Changes("startingVersion=1&maxFiles=1" +
                                       (token.empty() ? "" : "&pageToken=" + token))
                                   .body);
            }),
            whole);
  EXPECT_EQ(AllPages([&](const std::string& token) {
              if (!token.empty()) grow();
              return TextLines(Query("t", fmt::format(R"({{"startingVersion":1,"endingVersion":3,)"
                                                      R"("maxFiles":3,"pageToken":"{}"}})",
                                                      token))
                                   .body);
            }),
            followed);
}

TEST_F(ChangesTest, APageTokenFitsOneQuestionOfOneRecipient) {
  const auto lines = Lines(Changes("startingVersion=1&maxFiles=1"));
  const std::string token(lines.back().at("endStreamAction").at("nextPageToken").as_string());
  const std::string page = "&pageToken=" + token;
  EXPECT_EQ(Changes("startingVersion=1" + page).status, 200);
  EXPECT_EQ(Changes("startingVersion=1&maxFiles=7" + page).status, 200);
  for (const auto& answer :
       {Changes("startingVersion=2" + page), Changes("startingVersion=1&endingVersion=3" + page),
        Changes("startingVersion=1&includeHistoricalMetadata=true" + page),
        Changes("startingVersion=1" + page, "", "sales"), Changes("startingVersion=1" + page + "x"),
        Query("t", fmt::format(R"({{"startingVersion":1,"pageToken":"{}"}})", token))}) {
    EXPECT_EQ(Code(answer), "INVALID_PARAMETER_VALUE");
    EXPECT_THAT(Message(answer), HasSubstr("page token"));
  }
  clock_.now += 259'200'000;
  EXPECT_THAT(Message(Changes("startingVersion=1" + page)), HasSubstr("expired"));
}

TEST_F(ChangesTest, ManyCommitsAndFilesAreStreamed) {
  for (int version = 4; version < 700; ++version) WriteCommit("t", version, Add("a.parquet", 1));
  std::string many;
  for (int i = 0; i < 3000; ++i) many += Add(fmt::format("part-{:05}.parquet", i), 1);
  WriteCommit("t", 700, many);
  const auto answer = Changes("startingVersion=1");
  EXPECT_EQ(answer.Get("transfer-encoding"), "chunked");
  const auto files = Summary(answer);
  ASSERT_EQ(files.size(), 2U + 4U + 696U + 3000U);
  EXPECT_EQ(files[6], "add a.parquet 4");
  EXPECT_EQ(files[701], "add a.parquet 699");
  EXPECT_EQ(files[702], "add part-00000.parquet 700");
  EXPECT_EQ(files.back(), "add part-02999.parquet 700");
}

}  // namespace
}  // namespace sluice::api
