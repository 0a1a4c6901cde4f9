#include "protocol/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "protocol/request.h"

namespace sluice::protocol {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

EndpointId IdOf(std::string_view method, std::string_view path) {
  const auto match = MatchEndpoint(method, path);
  EXPECT_TRUE(match) << method << " " << path;
  return match ? match->endpoint->id : EndpointId::kListShares;
}

TEST(Endpoints, EachHasARowOfItsOwn) {
  std::set<std::string_view> names;
  for (const auto& endpoint : Endpoints()) {
    EXPECT_TRUE(names.insert(endpoint.name).second) << endpoint.name;
    EXPECT_EQ(GetEndpoint(endpoint.id).name, endpoint.name);
  }
  EXPECT_EQ(names.size(), 12U);
}

TEST(Endpoints, EveryFilledTemplateMatchesItself) {
  const std::vector<std::string_view> arguments = {"my share", "a/b", "ü%", "q-1"};
  for (const auto& endpoint : Endpoints()) {
    const std::string path = EndpointPath(endpoint.id, arguments);
    const auto match = MatchEndpoint(endpoint.method, path);
    ASSERT_TRUE(match) << path;
    EXPECT_EQ(match->endpoint->id, endpoint.id);
    for (std::size_t i = 0; i < match->arguments.size(); ++i) {
      EXPECT_EQ(match->arguments[i], arguments[i]);
    }
  }
  EXPECT_EQ(EndpointPath(EndpointId::kQueryTable, arguments),
            "/shares/my%20share/schemas/a%2Fb/tables/%C3%BC%25/query");
}

/// What the endpoint's parser says to these parameters.
Status Parse(const Endpoint& endpoint, const QueryParameters& parameters) {
  switch (endpoint.id) {
    case EndpointId::kTableVersion:
    case EndpointId::kTableVersionHead:
      return ParseVersionRequest(parameters).map([](const auto&) {});
    case EndpointId::kTableMetadata:
      return ParseMetadataRequest(parameters).map([](const auto&) {});
    case EndpointId::kTableChanges:
      return ParseChangesRequest(parameters).map([](const auto&) {});
    default:
      return ParseListRequest(parameters).map([](const auto&) {});
  }
}

void ExpectRefusal(const Status& parsed, const Field& field) {
  ASSERT_FALSE(parsed) << field.name;
  EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalidArgument) << field.name;
  EXPECT_THAT(parsed.error().message, HasSubstr(std::string(field.name)));
}

TEST(Endpoints, ParametersOfTheTableAreThoseThatAreRead) {
  for (const auto& endpoint : Endpoints()) {
    for (const auto& field : endpoint.query) {
      if (field.type == FieldType::kString) continue;
      ExpectRefusal(Parse(endpoint, {{std::string(field.name), "neither"}}), field);
      if (field.type != FieldType::kInteger) continue;
      const std::string less = std::to_string(field.minimum - 1);
      ExpectRefusal(Parse(endpoint, {{std::string(field.name), less}, {"startingVersion", "1"}}),
                    field);
    }
  }
}

TEST(Endpoints, FieldsOfBodiesInTheTableAreThoseThatAreRead) {
  for (const auto& field : GetEndpoint(EndpointId::kQueryTable).body) {
    const bool number = field.type == FieldType::kInteger;
    const std::string wrong = fmt::format("{{\"{}\":{}}}", field.name, number ? "true" : "17");
    ExpectRefusal(ParseQueryRequest(wrong).map([](const auto&) {}), field);
    if (!number) continue;
    const std::string less =
        fmt::format(R"({{"{}":{},"startingVersion":1}})", field.name, field.minimum - 1);
    ExpectRefusal(ParseQueryRequest(less).map([](const auto&) {}), field);
  }
}

TEST(MatchEndpoint, ForgivesDoubledAndTrailingSlashes) {
  EXPECT_EQ(IdOf("GET", "//shares"), EndpointId::kListShares);
  EXPECT_EQ(IdOf("GET", "/shares/"), EndpointId::kListShares);
  EXPECT_EQ(IdOf("POST", "///shares/s//schemas/c/tables/t/query"), EndpointId::kQueryTable);
}

TEST(MatchEndpoint, DecodesArguments) {
  const auto match = MatchEndpoint("GET", "/shares/s%20%2b/schemas/c+c/tables/t/metadata");
  ASSERT_TRUE(match);
  EXPECT_THAT(match->arguments, ElementsAre("s +", "c+c", "t"));
}

TEST(MatchEndpoint, HeadMatchesWhereverGetDoes) {
  EXPECT_EQ(IdOf("HEAD", "/shares"), EndpointId::kListShares);
  EXPECT_EQ(IdOf("HEAD", "/shares/s/schemas/c/tables/t"), EndpointId::kTableVersionHead);
  EXPECT_EQ(IdOf("HEAD", "/shares/s/schemas/c/tables/t/version"), EndpointId::kTableVersion);
}

TEST(MatchEndpoint, TellsAWrongMethodFromAWrongPath) {
  const auto allowed = [](std::string_view method, std::string_view path) {
    const auto match = MatchEndpoint(method, path);
    EXPECT_FALSE(match);
    EXPECT_EQ(match.error().kind, ErrorKind::kUnsupported);
    return match.error().message;
  };
  EXPECT_EQ(allowed("POST", "/shares"), "GET, HEAD");
  EXPECT_EQ(allowed("GET", "/shares/s/schemas/c/tables/t/query"), "POST");
  EXPECT_EQ(allowed("GET", "/shares/s/schemas/c/tables/t"), "HEAD");
  EXPECT_EQ(allowed("get", "/shares"), "GET, HEAD");
  for (const std::string_view path : {"", "/", "/share", "/shares/s/t", "/shares/s/schemas/c",
                                      "/shares/a/schemas/b/tables/c/query/d/e/f/g"}) {
    EXPECT_EQ(MatchEndpoint("GET", path).error().kind, ErrorKind::kNotFound) << path;
  }
}

TEST(MatchEndpoint, RefusesBadEscapes) {
  const auto match = MatchEndpoint("GET", "/shares/s/schemas/%zz/tables");
  ASSERT_FALSE(match);
  EXPECT_EQ(match.error().kind, ErrorKind::kMalformed);
  EXPECT_EQ(match.error().message.rfind("schema in the path: ", 0), 0U) << match.error().message;
}

}  // namespace
}  // namespace sluice::protocol
