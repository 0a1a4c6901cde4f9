#include "protocol/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::protocol {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

QueryParameters Parameters(std::string_view query) {
  auto parsed = ParseQueryString(query);
  EXPECT_TRUE(parsed) << query;
  return parsed.value_or(QueryParameters());
}

TEST(QueryString, DecodesNamesAndValuesInOrder) {
  EXPECT_THAT(Parameters("a=1&b%20c=x%26y&&d&e=p+q&a=2"),
              ElementsAre(Pair("a", "1"), Pair("b c", "x&y"), Pair("d", ""), Pair("e", "p q"),
                          Pair("a", "2")));
  EXPECT_TRUE(Parameters("").empty());
}

TEST(QueryString, RefusesBadEscapesAndTooMuch) {
  EXPECT_EQ(ParseQueryString("a=%4").error().kind, ErrorKind::kMalformed);
  EXPECT_EQ(ParseQueryString("%xx=1").error().kind, ErrorKind::kMalformed);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "a=1&";
  EXPECT_EQ(ParseQueryString(many).error().kind, ErrorKind::kMalformed);
}

TEST(ListRequest, TakesEveryNameOfTheToken) {
  EXPECT_EQ(ParseListRequest(Parameters("maxResults=7&pageToken=x"))->max_results, 7);
  for (const std::string_view name : {"pageToken", "nextPageToken", "nextToken"}) {
    EXPECT_EQ(ParseListRequest(Parameters(std::string(name) + "=x"))->page_token, "x") << name;
  }
  const auto empty = ParseListRequest(Parameters("maxResults=&pageToken="));
  ASSERT_TRUE(empty);
  EXPECT_FALSE(empty->max_results);
  EXPECT_EQ(empty->page_token, "");
}

TEST(ListRequest, RefusesAPageSizeOutOfRange) {
  for (const std::string_view query : {"maxResults=501", "maxResults=-1", "maxResults=ten",
                                       "maxResults=1.5", "maxResults=99999999999999999999"}) {
    const auto parsed = ParseListRequest(Parameters(query));
    ASSERT_FALSE(parsed) << query;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalidArgument);
    EXPECT_THAT(parsed.error().message, HasSubstr("maxResults"));
  }
  EXPECT_EQ(ParseListRequest(Parameters("maxResults=500"))->max_results, 500);
  EXPECT_EQ(ParseListRequest(Parameters("maxResults=0"))->max_results, 0);
}

TEST(VersionRequest, ReadsTimestampsWithFractionsAndOffsets) {
  constexpr std::int64_t kMillis = 1640995200500;
  for (const std::string_view time : {"2022-01-01T00:00:00.5Z", "2022-01-01T02:00:00.500%2B02:00",
                                      "2022-01-01T02:00:00.500+02:00", "2022-01-01+00:00:00.5"}) {
    const auto parsed = ParseVersionRequest(Parameters("startingTimestamp=" + std::string(time)));
    ASSERT_TRUE(parsed) << time;
    EXPECT_EQ(parsed->starting_timestamp_ms, kMillis) << time;
  }
  const auto bad = ParseVersionRequest(Parameters("startingTimestamp=yesterday"));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind, ErrorKind::kInvalidArgument);
  EXPECT_THAT(bad.error().message, HasSubstr("startingTimestamp: "));
}

TEST(MetadataRequest, TakesOneOfVersionAndTimestamp) {
  EXPECT_EQ(ParseMetadataRequest(Parameters("version=3"))->version, 3);
  EXPECT_EQ(ParseMetadataRequest(Parameters("timestamp=1970-01-01T00:00:01Z"))->timestamp_ms, 1000);
  EXPECT_FALSE(ParseMetadataRequest(Parameters("version=-1")));
  EXPECT_FALSE(ParseMetadataRequest(Parameters("version=1&timestamp=1970-01-01T00:00:01Z")));
}

TEST(QueryRequest, AnEmptyBodyAsksForEverything) {
  for (const std::string_view body : {"", " \r\n", "{}", "\xEF\xBB\xBF{}", "{\"x\":[{}]}"}) {
    const auto parsed = ParseQueryRequest(body);
    ASSERT_TRUE(parsed) << body;
    EXPECT_FALSE(parsed->limit_hint);
    EXPECT_TRUE(parsed->predicate_hints.empty());
    EXPECT_FALSE(parsed->version);
  }
}

TEST(QueryRequest, ReadsEveryField) {
  const auto parsed = ParseQueryRequest(
      R"({"predicateHints":["a >= 1","b = 'x'"],"jsonPredicateHints":"{\"op\":\"equal\"}",)"
      R"("limitHint":10,"startingVersion":2,"endingVersion":4,"maxFiles":5,"pageToken":"p",)"
      R"("idempotency_key":"k","includeHistoricalProtocol":true})");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_THAT(parsed->predicate_hints, ElementsAre("a >= 1", "b = 'x'"));
  EXPECT_EQ(parsed->json_predicate_hints, "{\"op\":\"equal\"}");
  EXPECT_EQ(parsed->limit_hint, 10);
  EXPECT_EQ(parsed->starting_version, 2);
  EXPECT_EQ(parsed->ending_version, 4);
  EXPECT_EQ(parsed->max_files, 5);
  EXPECT_EQ(parsed->page_token, "p");
  EXPECT_EQ(parsed->idempotency_key, "k");
  EXPECT_EQ(ParseQueryRequest(R"({"idempotencyKey":"l"})")->idempotency_key, "l");
  const auto refresh = ParseQueryRequest(R"({"includeRefreshToken":true,"refreshToken":"r"})");
  ASSERT_TRUE(refresh);
  EXPECT_TRUE(refresh->include_refresh_token);
  EXPECT_EQ(refresh->refresh_token, "r");
  EXPECT_EQ(ParseQueryRequest(R"({"timestamp":"1970-01-01T01:00:00.25+01:00"})")->timestamp_ms,
            250);
}

TEST(QueryInfoRequest, ReadsItsFieldsAndRefusesOthersByName) {
  EXPECT_FALSE(ParseQueryInfoRequest("")->max_files);
  const auto parsed = ParseQueryInfoRequest(R"({"queryId":"q","maxFiles":"7","pageToken":"p"})");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->max_files, 7);
  EXPECT_EQ(parsed->page_token, "p");
  for (const std::string_view body : {R"({"maxFiles":0})", R"({"maxFiles":true})"}) {
    const auto refused = ParseQueryInfoRequest(body);
    ASSERT_FALSE(refused) << body;
    EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidArgument);
    EXPECT_THAT(refused.error().message, HasSubstr("maxFiles"));
  }
  EXPECT_EQ(ParseQueryInfoRequest("[]").error().kind, ErrorKind::kMalformed);
  EXPECT_EQ(FormatQueryInfoRequest({}), "{}");
  const auto again = ParseQueryInfoRequest(FormatQueryInfoRequest({7, "p\"q"}));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->max_files, 7);
  EXPECT_EQ(again->page_token, "p\"q");
}

TEST(CredentialsRequest, MayNameALocation) {
  EXPECT_EQ(ParseCredentialsRequest("")->location, "");
  EXPECT_EQ(ParseCredentialsRequest(R"({"location":"s3://b/t"})")->location, "s3://b/t");
  EXPECT_THAT(ParseCredentialsRequest(R"({"location":1})").error().message,
              HasSubstr("'location' must be a string"));
}

TEST(QueryRequest, TakesWhatClientsOfTheFieldSend) {
  const auto no_limit = ParseQueryRequest(R"({"predicateHints":[""],"limitHint":0})");
  ASSERT_TRUE(no_limit);
  EXPECT_FALSE(no_limit->limit_hint);
  EXPECT_EQ(ParseQueryRequest(R"({"limitHint":"100"})")->limit_hint, 100);
  EXPECT_EQ(ParseQueryRequest(R"({"limitHint":100.0})")->limit_hint, 100);
  EXPECT_THAT(ParseQueryRequest(R"({"predicateHints":["string"]})")->predicate_hints,
              ElementsAre("string"));
  const auto nulls = ParseQueryRequest(
      R"({"predicateHints":null,"jsonPredicateHints":null,"limitHint":null,"version":null,)"
      R"("timestamp":null,"pageToken":null,"includeRefreshToken":null})");
  ASSERT_TRUE(nulls);
  EXPECT_FALSE(nulls->version);
}

struct Refused {
  std::string_view body;
  ErrorKind kind;
  std::string_view message;
};

class QueryRequestRefuses : public testing::TestWithParam<Refused> {};

TEST_P(QueryRequestRefuses, ByName) {
  const auto parsed = ParseQueryRequest(GetParam().body);
  ASSERT_FALSE(parsed) << GetParam().body;
  EXPECT_EQ(parsed.error().kind, GetParam().kind);
  EXPECT_THAT(parsed.error().message, HasSubstr(std::string(GetParam().message)));
  EXPECT_EQ(parsed.error().message.find('\n'), std::string::npos);
}

constexpr auto kArgument = ErrorKind::kInvalidArgument;
constexpr auto kMalformed = ErrorKind::kMalformed;

INSTANTIATE_TEST_SUITE_P(
    All, QueryRequestRefuses,
    testing::Values(
        Refused{"{\"limitHint\":", kMalformed, "request body: not valid JSON"},
        Refused{"[]", kMalformed, "not a JSON object"},
        Refused{"7", kMalformed, "not a JSON object"},
        Refused{"{} {}", kMalformed, "not valid JSON"},
        Refused{R"({"limitHint":"many"})", kArgument, "'limitHint'"},
        Refused{R"({"limitHint":-1})", kArgument, "limitHint must not be negative"},
        Refused{R"({"limitHint":1.5})", kArgument, "'limitHint'"},
        Refused{R"({"limitHint":18446744073709551615})", kArgument, "'limitHint'"},
        Refused{R"({"limitHint":true})", kArgument, "'limitHint'"},
        Refused{R"({"version":-3})", kArgument, "version must not be negative"},
        Refused{R"({"version":{}})", kArgument, "'version'"},
        Refused{R"({"maxFiles":0})", kArgument, "maxFiles"},
        Refused{R"({"predicateHints":"a"})", kArgument, "'predicateHints'"},
        Refused{R"({"predicateHints":[1]})", kArgument, "'predicateHints'"},
        Refused{R"({"jsonPredicateHints":{"op":"equal"}})", kArgument, "'jsonPredicateHints'"},
        Refused{R"({"timestamp":1650000000000})", kArgument, "'timestamp'"},
        Refused{R"({"timestamp":"noon"})", kArgument, "timestamp: "},
        Refused{R"({"timestamp":"a\nb"})", kArgument, "timestamp: 'a?b'"},
        Refused{R"({"pageToken":1})", kArgument, "'pageToken'"},
        Refused{R"({"includeRefreshToken":"yes"})", kArgument, "'includeRefreshToken'"},
        Refused{R"({"version":1,"timestamp":"2022-01-01T00:00:00Z"})", kArgument, "only one of"},
        Refused{R"({"version":1,"startingVersion":1})", kArgument, "only one of"},
        Refused{R"({"endingVersion":1})", kArgument, "endingVersion needs startingVersion"},
        Refused{R"({"startingVersion":2,"endingVersion":1})", kArgument, "endingVersion (1)"},
        Refused{R"({"version":1,"includeRefreshToken":true})", kArgument, "includeRefreshToken"},
        Refused{R"({"pageToken":"p","refreshToken":"r"})", kArgument, "refreshToken"}));

TEST(QueryRequest, IsBoundedInDepthAndSize) {
  std::string deep = "{\"x\":";
  for (int i = 0; i < 5000; ++i) deep += '[';
  for (int i = 0; i < 5000; ++i) deep += ']';
  deep += '}';
  EXPECT_EQ(ParseQueryRequest(deep).error().kind, ErrorKind::kMalformed);
  const std::string large = "{\"x\":\"" + std::string(5 << 20, 'a') + "\"}";
  EXPECT_EQ(ParseQueryRequest(large).error().kind, ErrorKind::kTooLarge);
}

TEST(QueryRequest, IsReadBackAsItWasWritten) {
  EXPECT_EQ(FormatQueryRequest({}), "{}");
  QueryRequest sent;
  sent.predicate_hints = {"a = \"1\"", "b"};
  sent.json_predicate_hints = "{\"op\":\"and\"}";
  sent.limit_hint = 3;
  sent.timestamp_ms = 1640995200500;
  sent.max_files = 4;
  sent.page_token = "t";
  sent.include_historical_protocol = true;
  const auto read = ParseQueryRequest(FormatQueryRequest(sent));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->predicate_hints, sent.predicate_hints);
  EXPECT_EQ(read->json_predicate_hints, sent.json_predicate_hints);
  EXPECT_EQ(read->limit_hint, 3);
  EXPECT_EQ(read->timestamp_ms, sent.timestamp_ms);
  EXPECT_EQ(read->max_files, 4);
  EXPECT_EQ(read->page_token, "t");
  EXPECT_TRUE(read->include_historical_protocol);
}

Result<ChangesRequest> ParseChanges(std::string_view query) {
  auto parameters = ParseQueryString(query);
  if (!parameters) return Fail(parameters.error());
  return ParseChangesRequest(*parameters);
}

TEST(ChangesRequest, TakesEveryParameter) {
  const auto versions = ParseChanges(
      "startingVersion=0&endingVersion=3&includeHistoricalMetadata=True"
      "&includeHistoricalProtocol=true&maxFiles=5&pageToken=p&other=x");
  ASSERT_TRUE(versions) << versions.error().message;
  EXPECT_EQ(versions->starting_version, 0);
  EXPECT_EQ(versions->ending_version, 3);
  EXPECT_TRUE(versions->include_historical_metadata);
  EXPECT_TRUE(versions->include_historical_protocol);
  EXPECT_EQ(versions->max_files, 5);
  EXPECT_EQ(versions->page_token, "p");
  const auto times = ParseChanges(
      "startingTimestamp=1970-01-01T00%3A00%3A01Z&endingTimestamp=1970-01-01T01:00:02+01:00"
      "&includeHistoricalMetadata=False");
  ASSERT_TRUE(times) << times.error().message;
  EXPECT_EQ(times->starting_timestamp_ms, 1000);
  EXPECT_EQ(times->ending_timestamp_ms, 2000);
  EXPECT_FALSE(times->include_historical_metadata);
}

TEST(ChangesRequest, RefusesByName) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "startingVersion or startingTimestamp must be given"},
      {"endingVersion=1", "startingVersion or startingTimestamp must be given"},
      {"startingVersion=1&startingTimestamp=1970-01-01T00:00:00Z", "only one of startingVersion"},
      {"startingVersion=1&endingVersion=1&endingTimestamp=1970-01-01T00:00:00Z",
       "only one of endingVersion"},
      {"startingVersion=-1", "startingVersion must not be negative"},
      {"startingVersion=x", "startingVersion must be an integer"},
      {"startingVersion=2&endingVersion=1", "endingVersion (1)"},
      {"startingTimestamp=noon", "startingTimestamp: "},
      {"startingVersion=1&includeHistoricalMetadata=maybe", "includeHistoricalMetadata must be"},
      {"startingVersion=1&maxFiles=0", "maxFiles"},
  };
  for (const auto& [query, message] : cases) {
    const auto parsed = ParseChanges(query);
    ASSERT_FALSE(parsed) << query;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalidArgument) << query;
    EXPECT_THAT(parsed.error().message, HasSubstr(std::string(message)));
  }
}

TEST(ChangesRequest, IsReadBackAsItWasWritten) {
  ChangesRequest sent;
  sent.starting_timestamp_ms = 1640995200500;
  sent.ending_version = 7;
  sent.include_historical_metadata = true;
  sent.include_historical_protocol = true;
  sent.max_files = 4;
  sent.page_token = "t";
  const auto read = ParseChangesRequest(FormatChangesRequest(sent));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->starting_timestamp_ms, sent.starting_timestamp_ms);
  EXPECT_EQ(read->ending_version, 7);
  EXPECT_TRUE(read->include_historical_metadata);
  EXPECT_TRUE(read->include_historical_protocol);
  EXPECT_EQ(read->max_files, 4);
  EXPECT_EQ(read->page_token, "t");
}

}  // namespace
}  // namespace sluice::protocol
