#include "check/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "check/session.h"

namespace sluice::check {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Answer Made(int status, std::string type, std::string body) {
  auto response = std::make_shared<net::HttpResponse>();
  response->status = status;
  if (!type.empty()) response->headers.emplace_back("content-type", std::move(type));
  response->body = std::move(body);
  return {"GET /x", std::move(response)};
}

constexpr const char* kError = R"({"errorCode":"A","message":"b"})";

TEST(ExpectError, WantsStatusTypeAndBody) {
  EXPECT_TRUE(ExpectError(Made(404, "application/json; charset=utf-8", kError), {400, 404}));
  const auto status = ExpectError(Made(500, "application/json", kError), {400, 404});
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("GET /x was answered 500, not 400"));
  EXPECT_FALSE(ExpectError(Made(404, "text/html", kError), {404}));
  EXPECT_FALSE(ExpectError(Made(404, "application/json", "<html>"), {404}));
  EXPECT_FALSE(ExpectError(Made(404, "application/json", R"({"errorCode":"A"})"), {404}));
}

TEST(ExpectType, ComparesTheMediaTypeAlone) {
  EXPECT_TRUE(
      ExpectType(Made(200, "Application/X-NDJSON ; charset=utf-8", ""), "application/x-ndjson"));
  EXPECT_FALSE(ExpectType(Made(200, "application/json", ""), "application/x-ndjson"));
  EXPECT_FALSE(ExpectType(Made(200, "", ""), "application/x-ndjson"));
}

TEST(VersionOf, WantsAWholeNumber) {
  const auto with = [](const char* version) {
    auto response = std::make_shared<net::HttpResponse>();
    response->headers.emplace_back("delta-table-version", version);
    return Answer{"GET /x", response};
  };
  EXPECT_EQ(*VersionOf(with("7")), 7);
  for (const char* wrong : {"-1", "7.0", "x", "7 "}) EXPECT_FALSE(VersionOf(with(wrong))) << wrong;
  EXPECT_FALSE(VersionOf(Made(200, "", "")));
}

TEST(LinesOf, NamesTheLineThatIsNone) {
  const std::string protocol = "{\"protocol\":{\"minReaderVersion\":1}}\n";
  const auto lines = LinesOf(Made(200, "", protocol + "\r\n{\"file\":{}}"));
  ASSERT_TRUE(lines);
  EXPECT_EQ(lines->all.size(), 2U);
  EXPECT_EQ(lines->format, protocol::ResponseFormat::kParquet);
  for (const char* wrong : {"{\"a\":{},\"b\":{}}", "[1]", "{\"a\":1}", "{", "{}"}) {
    const auto broken = LinesOf(Made(200, "", protocol + wrong));
    ASSERT_FALSE(broken) << wrong;
    EXPECT_THAT(broken.error().message, HasSubstr("line 2"));
  }
  EXPECT_FALSE(LinesOf(Made(400, "", protocol)));
}

TEST(FilesOf, ReadsBothFormats) {
  const auto parquet = LinesOf(Made(
      200, "",
      "{\"protocol\":{\"minReaderVersion\":1}}\n"
      R"({"remove":{"url":"https://h/1","id":"i","size":5,"version":3,"partitionValues":{"p":"v"}}})"));
  const auto delta = LinesOf(
      Made(200, "",
           "{\"protocol\":{\"deltaProtocol\":{}}}\n"
           R"({"file":{"id":"i","version":3,"deltaSingleAction":{"remove":{"path":"https://h/1",)"
           R"("size":5,"partitionValues":{"p":"v"}}}}})"));
  ASSERT_TRUE(parquet && delta);
  EXPECT_EQ(delta->format, protocol::ResponseFormat::kDelta);
  for (const auto& lines : {*parquet, *delta}) {
    const auto files = FilesOf(lines);
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].kind, "remove");
    EXPECT_EQ(files[0].url, "https://h/1");
    EXPECT_EQ(files[0].size, 5);
    EXPECT_EQ(files[0].version, 3);
    EXPECT_EQ(files[0].partition_values.at("p"), "v");
    EXPECT_THAT(SortedIds(files), ElementsAre("i"));
  }
}

}  // namespace
}  // namespace sluice::check
