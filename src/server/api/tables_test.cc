#include "server/api/test_service.h"

namespace sluice::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kDelta =
    "delta-sharing-capabilities: responseFormat=delta;readerFeatures=deletionVectors\r\n";
const std::string kTable = "/shares/sales/schemas/s/tables/t";

TEST_F(ServiceTest, VersionByGetAndByHead) {
  for (const auto& answer :
       {Ask("GET", kTable + "/version"), Ask("HEAD", kTable + "/version"), Ask("HEAD", kTable),
        Ask("HEAD", "/shares/SALES/schemas/S/tables/T")}) {
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.Get("delta-table-version"), "2");
    EXPECT_EQ(answer.body, "");
  }
  EXPECT_EQ(Ask("GET", "/shares/sales/schemas/s/tables/x/version").status, 404);
  EXPECT_EQ(server_->sink.WaitFor(1).front().version, 2);
}

TEST_F(ServiceTest, NewCommitsAreSeenAtOnce) {
  EXPECT_EQ(Ask("GET", kTable + "/version").Get("delta-table-version"), "2");
  WriteCommit("t", 3, Add("four.parquet", 1));
  EXPECT_EQ(Ask("GET", kTable + "/version").Get("delta-table-version"), "3");
  EXPECT_EQ(Lines(Query("t")).size(), 5U);
}

TEST_F(ServiceTest, HistoryIsForTablesThatShareIt) {
  const std::string big = "/shares/sales/schemas/s/tables/big";
  for (const auto& answer : {Ask("GET", big + "/version?startingTimestamp=2024-01-01T00:00:00Z"),
                             Ask("GET", big + "/metadata?version=0"),
                             Ask("GET", big + "/metadata?timestamp=2024-01-01T00:00:00Z"),
                             Query("big", R"({"version":0})"),
                             Query("big", R"({"timestamp":"2024-01-01T00:00:00Z"})")}) {
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(Code(answer), "INVALID_PARAMETER_VALUE");
    EXPECT_THAT(Message(answer), HasSubstr("history"));
  }
}

TEST_F(ServiceTest, TimeTravelWithinTheSharedHistory) {
  const auto first = Query("t", R"({"version":1})");
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.Get("delta-table-version"), "1");
  const auto lines = Lines(first);
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[1].at("metaData").at("version").as_int64(), 1);
  EXPECT_EQ(lines[2].at("file").at("version").as_int64(), 1);
  EXPECT_TRUE(lines[2].at("file").as_object().contains("timestamp"));
  const auto before = Query("t", R"({"version":0})");
  EXPECT_EQ(before.status, 400);
  EXPECT_THAT(Message(before), HasSubstr("begins with version 1"));
  EXPECT_EQ(Query("t", R"({"version":9})").status, 400);
  EXPECT_EQ(Code(Query("t", R"({"timestamp":"1990-01-01T00:00:00Z"})")), "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(Ask("GET", kTable + "/metadata?version=2").Get("delta-table-version"), "2");
}

TEST_F(ServiceTest, MetadataIsTwoLinesInBothFormats) {
  const auto parquet = Ask("GET", kTable + "/metadata");
  EXPECT_EQ(parquet.Get("content-type"), "application/x-ndjson; charset=utf-8");
  EXPECT_EQ(parquet.Get("delta-table-version"), "2");
  EXPECT_EQ(parquet.Get("delta-sharing-capabilities"), "responseformat=parquet");
  auto lines = Lines(parquet);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].at("protocol").at("minReaderVersion").as_int64(), 1);
  EXPECT_EQ(lines[1].at("metaData").at("id").as_string(), "table-id");
  EXPECT_EQ(lines[1].at("metaData").at("partitionColumns").as_array().size(), 1U);
  EXPECT_FALSE(lines[1].at("metaData").as_object().contains("version"));

  const auto delta =
      Ask("GET", kTable + "/metadata", "delta-sharing-capabilities: responseformat=delta\r\n");
  EXPECT_EQ(delta.Get("delta-sharing-capabilities"), "responseformat=delta");
  lines = Lines(delta);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].at("protocol").at("deltaProtocol").at("minReaderVersion").as_int64(), 1);
  EXPECT_EQ(lines[1].at("metaData").at("numFiles").as_int64(), 2);
  EXPECT_EQ(lines[1].at("metaData").at("size").as_int64(), 240);

  // No end comes and none is promised, whatever the client could read.
  const std::string more = "delta-sharing-capabilities: includeendstreamaction=true\r\n";
  for (const char* path : {"/metadata", "/version"}) {
    const auto answer = Ask("GET", kTable + path, more + "fileidhash: none of its headers\r\n");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.Get("delta-sharing-capabilities"), "responseformat=parquet");
    EXPECT_EQ(answer.Get("fileidhash"), "");
  }
  EXPECT_EQ(Ask("GET", kTable + "/metadata", more).body, parquet.body);
}

TEST_F(ServiceTest, AQueryListsTheLiveFiles) {
  const auto answer = Query("t", "{}", "fileidhash: delta\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.Get("fileidhash"), "delta");
  EXPECT_EQ(answer.Get("delta-table-version"), "2");
  const auto lines = Lines(answer);
  ASSERT_EQ(lines.size(), 4U);
  const auto& one = lines[2].at("file");
  EXPECT_EQ(one.at("id").as_string(), Sha256Hex("p=a%20b/one.parquet"));
  EXPECT_EQ(one.at("size").as_int64(), 110);
  EXPECT_EQ(one.at("partitionValues").at("p").as_string(), "a b");
  EXPECT_EQ(one.at("stats").as_string(), R"({"numRecords":10})");
  EXPECT_EQ(one.at("expirationTimestamp").as_int64(), clock_.now + 3'600'000);
  EXPECT_FALSE(one.as_object().contains("version"));
  EXPECT_TRUE(lines[3].at("file").at("partitionValues").at("p").is_null());
  EXPECT_EQ(Lines(Query("t"))[2].at("file").at("id").as_string(), Md5Hex("p=a%20b/one.parquet"));
  EXPECT_EQ(Query("t", "{}", "fileidhash: md4\r\n").status, 400);
}

TEST_F(ServiceTest, EndStreamActionWhereAskedFor) {
  const auto answer =
      Query("t", "{}", "delta-sharing-capabilities: includeEndStreamAction=true\r\n");
  EXPECT_THAT(answer.Get("delta-sharing-capabilities"), HasSubstr("includeendstreamaction=true"));
  const auto lines = Lines(answer);
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[4].at("endStreamAction").at("minUrlExpirationTimestamp").as_int64(),
            clock_.now + 3'600'000);
  const auto big =
      Lines(Query("big", "{}", "delta-sharing-capabilities: includeEndStreamAction=true\r\n"));
  ASSERT_EQ(big.size(), 3003U);
  EXPECT_TRUE(big.back().as_object().contains("endStreamAction"));
}

TEST_F(ServiceTest, ALongAnswerStreamsInOrder) {
  const auto answer = Query("big");
  EXPECT_EQ(answer.Get("transfer-encoding"), "chunked");
  const auto lines = Lines(answer);
  ASSERT_EQ(lines.size(), 3002U);
  for (int i = 0; i < 3000; ++i) {
    EXPECT_EQ(lines[static_cast<std::size_t>(i) + 2].at("file").at("id").as_string(),
              Md5Hex(fmt::format("part-{:05}.parquet", i)));
  }
}

TEST_F(ServiceTest, LimitHintStopsWhenTheRowsAreReached) {
  EXPECT_EQ(Lines(Query("t", R"({"limitHint":1})")).size(), 3U);
  EXPECT_EQ(Lines(Query("t", R"({"limitHint":"10"})")).size(), 3U);
  EXPECT_EQ(Lines(Query("t", R"({"limitHint":11})")).size(), 4U);
  EXPECT_EQ(Lines(Query("t", R"({"limitHint":0})")).size(), 4U);
  EXPECT_EQ(Lines(Query("big", R"({"limitHint":700})")).size(), 702U);
  EXPECT_EQ(server_->sink.WaitFor(5).back().files, 700);
}

TEST_F(ServiceTest, BodiesThatMustGiveEveryRow) {
  for (const char* body : {"", "{}", R"({"predicateHints":["p = 'a b' OR p IS NULL"],"maxRows":1})",
                           R"({"jsonPredicateHints":"{}","unknown":[1]})"}) {
    EXPECT_EQ(Lines(Query("t", body)).size(), 4U) << body;
  }
}

TEST_F(ServiceTest, LocalTablesHaveNoTemporaryCredentials) {
  const auto ask = [&](std::string_view table, std::string_view body, std::string_view token) {
    return Ask("POST",
               fmt::format("/shares/sales/schemas/s/tables/{}/temporary-table-credentials", table),
               "", body, token);
  };
  for (const char* body : {"", "{}", R"({"location":"s3://bucket/table"})"}) {
    const auto refused = ask("t", body, "sales");
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(Code(refused), "UNSUPPORTED_OPERATION");
    EXPECT_THAT(Message(refused), HasSubstr("no temporary credentials for table 'sales.s.t'"));
    EXPECT_THAT(refused.body, Not(HasSubstr(root_.string())));
  }
  EXPECT_EQ(Code(ask("t", R"({"location":[]})", "all")), "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(Code(ask("t", "x", "all")), "MALFORMED_REQUEST");
  EXPECT_EQ(ask("unknown", "{}", "all").status, 404);
  EXPECT_EQ(ask("t", "{}", "").status, 401);
  EXPECT_EQ(Ask("POST", "/shares/Hidden/schemas/s/tables/t/temporary-table-credentials", "", "{}",
                "sales")
                .status,
            404);
}

TEST_F(ServiceTest, BadBodiesAre400) {
  for (const char* body : {"{", "[]", "x", "\xFF"}) {
    EXPECT_EQ(Code(Query("t", body)), "MALFORMED_REQUEST") << body;
  }
  EXPECT_EQ(Code(Query("t", R"({"limitHint":-1})")), "INVALID_PARAMETER_VALUE");
}

TEST_F(ServiceTest, DeletionVectorsInTheDeltaFormatOnly) {
  const auto refused = Query("dv");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(Code(refused), "UNSUPPORTED_OPERATION");
  EXPECT_THAT(Message(refused), HasSubstr("deletionVectors"));

  const auto lines = Lines(Query("dv", "{}", kDelta));
  ASSERT_EQ(lines.size(), 5U);
  const auto& in_file = lines[2].at("file");
  const auto& vector = in_file.at("deltaSingleAction").at("add").at("deletionVector");
  EXPECT_EQ(vector.at("storageType").as_string(), "p");
  EXPECT_THAT(std::string(vector.at("pathOrInlineDv").as_string()),
              HasSubstr("/ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin?expires="));
  EXPECT_EQ(vector.at("offset").as_int64(), 4);
  EXPECT_EQ(vector.at("cardinality").as_int64(), 6);
  EXPECT_EQ(in_file.at("deletionVectorFileId").as_string().size(), 64U);
  const auto& inline_one = lines[3].at("file");
  EXPECT_EQ(inline_one.at("deltaSingleAction").at("add").at("deletionVector").at("storageType"),
            "i");
  EXPECT_FALSE(inline_one.as_object().contains("deletionVectorFileId"));
  EXPECT_FALSE(
      lines[4].at("file").at("deltaSingleAction").at("add").as_object().contains("deletionVector"));
  // The rows that the limit needs are those that are left.
  EXPECT_EQ(Lines(Query("dv", R"({"limitHint":15})", kDelta)).size(), 5U);
}

TEST_F(ServiceTest, BrokenTablesAreA400ThatHidesThePlace) {
  for (const char* table : {"damaged", "none", "gone", "away", "future"}) {
    for (const auto& answer :
         {Query(table), Ask("GET", fmt::format("/shares/sales/schemas/s/tables/{}/query", table),
                            "", "", "all")}) {
      if (answer.status == 405) continue;
      EXPECT_EQ(answer.status, 400) << table << answer.body;
      EXPECT_THAT(answer.body, Not(HasSubstr(root_.string()))) << table;
      EXPECT_THAT(answer.body, Not(HasSubstr("passwd"))) << table;
    }
  }
  const auto damaged = Query("damaged");
  EXPECT_THAT(Message(damaged), HasSubstr(damaged.Get("x-request-id")));
  EXPECT_THAT(Message(Query("future")), HasSubstr("warpDrive"));
  EXPECT_EQ(Code(Query("future")), "UNSUPPORTED_OPERATION");
  EXPECT_EQ(Lines(Query("t")).size(), 4U);
}

TEST_F(ServiceTest, UrlsFollowTheRequestOrThePublicUrl) {
  const auto url = [&](const http::TestAnswer& answer) {
    return std::string(Lines(answer)[2].at("file").at("url").as_string());
  };
  EXPECT_THAT(url(Query("t")), HasSubstr("http://test/delta-sharing/_files/"));
  Start({.public_url = "https://share.example.com/x"});
  EXPECT_THAT(url(Query("t")), HasSubstr("https://share.example.com/x/delta-sharing/_files/"));
}

}  // namespace
}  // namespace sluice::api
