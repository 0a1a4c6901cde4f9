#include "protocol/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace sluice::protocol {
namespace {

using testing::ElementsAre;

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
  EXPECT_EQ(names.size(), 10U);
}

TEST(Endpoints, EveryFilledTemplateMatchesItself) {
  const std::vector<std::string_view> arguments = {"my share", "a/b", "ü%"};
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
