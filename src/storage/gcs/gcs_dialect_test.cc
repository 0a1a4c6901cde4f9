#include "storage/gcs/gcs_dialect.h"

#include <gmock/gmock.h>

#include "storage/gcs/gcs_test_support.h"
#include "storage/rest/rest_store.h"

namespace sluice::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Location Place(std::string_view text) {
  return ParseLocation(text).value();
}

std::shared_ptr<const GcsDialect> Anonymous(std::string endpoint = std::string(kGcsEndpoint)) {
  GcsOptions options;
  options.endpoint = std::move(endpoint);
  return std::make_shared<const GcsDialect>(options, Place("gs://bucket.name/folder"), nullptr);
}

net::HttpResponse Answer(int status, std::string body) {
  net::HttpResponse answer;
  answer.status = status;
  answer.body = std::move(body);
  return answer;
}

TEST(GcsDialect, ObjectsAreAskedForByTheirEncodedNames) {
  const auto request = Anonymous()->ForObject("HEAD", "folder/k=a b/\xC3\xA9?#%.parquet");
  EXPECT_EQ(request.method, "HEAD");
  EXPECT_EQ(request.url,
            "https://storage.googleapis.com/bucket.name/folder/k%3Da%20b/%C3%A9%3F%23%25.parquet");
}

TEST(GcsDialect, ListingsNameOnlyWhatIsWanted) {
  const std::string start =
      "https://storage.googleapis.com/storage/v1/b/bucket.name/o?maxResults=1000"
      "&fields=nextPageToken%2Cprefixes%2Citems%28name%2Csize%2Cupdated%29";
  EXPECT_EQ(Anonymous()->ForListing({}).url, start + "&delimiter=%2F");
  EXPECT_EQ(Anonymous()->ForListing({"a/b", "a/b c", "t=="}).url,
            start + "&delimiter=%2F&prefix=a%2Fb&startOffset=a%2Fb%20c&pageToken=t%3D%3D");
  EXPECT_EQ(Anonymous()->ForListing({"a/b", "", "", true}).url, start + "&prefix=a%2Fb");
}

TEST(GcsDialect, ReadsListings) {
  const auto page = Anonymous()->ReadListing(R"({"nextPageToken":"next","items":[
      {"name":"a/1","size":"12","updated":"2024-01-02T03:04:05.678Z"},
      {"name":"a/2","size":"0","updated":"2024-01-02T03:04:05Z","other":{}}]})");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->next, "next");
  ASSERT_EQ(page->objects.size(), 2U);
  EXPECT_EQ(page->objects[0].key, "a/1");
  EXPECT_EQ(page->objects[0].size, 12);
  EXPECT_EQ(page->objects[0].modified_ms, 1'704'164'645'678);
  EXPECT_EQ(page->objects[1].size, 0);
  EXPECT_TRUE(Anonymous()->ReadListing("{}")->objects.empty());
}

TEST(GcsDialect, WhatIsNoListingIsCorrupt) {
  const std::string time = R"("updated":"2024-01-02T03:04:05Z")";
  for (const std::string& body :
       {std::string(), std::string("<html>"), std::string("[]"), std::string(R"({"items":{}})"),
        std::string(R"({"items":[1]})"), R"({"items":[{"size":"1",)" + time + "}]}",
        R"({"items":[{"name":"a",)" + time + "}]}",
        R"({"items":[{"name":"a","size":"-1",)" + time + "}]}",
        R"({"items":[{"name":"a","size":"1x",)" + time + "}]}",
        R"({"items":[{"name":"a","size":"99999999999999999999",)" + time + "}]}",
        std::string(R"({"items":[{"name":"a","size":"1","updated":"yesterday"}]})"),
        std::string(R"({"items":[{"name":"a","size":"1"}]})"), std::string(100'000, '['),
        R"({"items":)" + std::string(1000, '[')}) {
    const auto page = Anonymous()->ReadListing(body);
    ASSERT_FALSE(page) << body;
    EXPECT_EQ(page.error().kind, ErrorKind::kCorrupt) << body;
  }
}

TEST(GcsDialect, ReadsRefusalsOfBothInterfaces) {
  const auto json = Anonymous()->ReadRefusal(Answer(
      404,
      R"({"error":{"code":404,"message":"The specified bucket does not exist.","errors":[{"reason":"notFound"}]}})"));
  EXPECT_EQ(json.code, "notFound");
  EXPECT_EQ(json.message, "The specified bucket does not exist.");
  EXPECT_TRUE(json.no_container);

  const auto xml = Anonymous()->ReadRefusal(
      Answer(403,
             "<?xml version='1.0' "
             "encoding='UTF-8'?><Error><Code>AccessDenied</Code><Message>Access denied."
             "</Message><Details>a@b does not have storage.objects.get access.</Details></Error>"));
  EXPECT_EQ(xml.code, "AccessDenied");
  EXPECT_EQ(xml.message, "Access denied. a@b does not have storage.objects.get access.");
  EXPECT_FALSE(xml.no_container);
  EXPECT_FALSE(xml.stale);

  EXPECT_TRUE(Anonymous()
                  ->ReadRefusal(Answer(404, "<Error><Code>NoSuchBucket</Code></Error>"))
                  .no_container);
  EXPECT_FALSE(
      Anonymous()->ReadRefusal(Answer(404, "<Error><Code>NoSuchKey</Code></Error>")).no_container);
  for (const char* body :
       {"", "Not Found", "{", R"({"error":"text"})", R"({"error":{"errors":[]}})",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><Error><Code>&x;</Code></Error>"}) {
    const auto refusal = Anonymous()->ReadRefusal(Answer(404, body));
    EXPECT_EQ(refusal.code, "") << body;
    EXPECT_EQ(refusal.message, "") << body;
  }
}

/// A store whose server answers by a function of the test.
class GcsStoreTest : public ::testing::Test {
 protected:
  std::shared_ptr<const ObjectStore> Store(std::shared_ptr<const AccessTokens> tokens = nullptr) {
    GcsOptions options;
    options.endpoint = server_.Url("");
    options.user_project = "billed";
    RestStoreOptions store;
    store.location = Place("gs://bucket/folder");
    store.dialect = std::make_shared<const GcsDialect>(options, store.location, std::move(tokens));
    store.http = ImpatientClient();
    return MakeRestStore(std::move(store));
  }

  SetClock clock_{1'000'000'000};
  net::TestServer::Handler handler_;
  net::TestServer server_{[this](const net::TestRequest& request, net::TestConnection& connection) {
    handler_(request, connection);
  }};
};

TEST_F(GcsStoreTest, PagesAreFollowedAndTheFirstNameIsNotListedAgain) {
  handler_ = [](const net::TestRequest& request, net::TestConnection& connection) {
    const bool second = request.target.find("pageToken=two") != std::string::npos;
    const auto item = [](const char* name) {
      return fmt::format(R"({{"name":"folder/{}","size":"1","updated":"2024-01-02T03:04:05Z"}})",
                         name);
    };
    connection.Answer("200 OK", second ? fmt::format(R"({{"items":[{}]}})", item("log/3"))
                                       : fmt::format(R"({{"nextPageToken":"two","items":[{},{}]}})",
                                                     item("log/1"), item("log/2")));
  };
  const auto listed = Store()->List("log/", "log/1");
  ASSERT_TRUE(listed) << listed.error().message;
  std::vector<std::string> keys;
  for (const auto& meta : *listed) keys.push_back(meta.key);
  EXPECT_THAT(keys, ElementsAre("log/2", "log/3"));
  const auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_THAT(requests[0].target,
              HasSubstr("&prefix=folder%2Flog%2F&startOffset=folder%2Flog%2F1"));
  EXPECT_EQ(requests[0].headers.at("x-goog-user-project"), "billed");
  EXPECT_EQ(requests[0].headers.count("authorization"), 0U);
}

TEST_F(GcsStoreTest, AMissingBucketIsNoMissingObject) {
  handler_ = [](const net::TestRequest&, net::TestConnection& connection) {
    connection.Answer(
        "404 Not Found",
        "<Error><Code>NoSuchBucket</Code><Message>It is not there.</Message></Error>");
  };
  const auto read = Store()->Read("key", 10);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kPermissionDenied);
  EXPECT_EQ(read.error().message,
            "gs://bucket/folder/key: GET was answered 404 NoSuchBucket: It is not there.");
}

TEST_F(GcsStoreTest, ATokenThatIsRefusedIsGotAnewOnce) {
  handler_ = [](const net::TestRequest& request, net::TestConnection& connection) {
    if (request.headers.at("authorization") == "Bearer token-2") {
      connection.Answer("200 OK", "bytes");
    } else {
      connection.Answer("401 Unauthorized", "<Error><Code>ExpiredToken</Code></Error>");
    }
  };
  int fetched = 0;
  const auto tokens = std::make_shared<const AccessTokens>(
      [&]() -> Result<AccessTokens::Token> {
        return AccessTokens::Token{"token-" + std::to_string(++fetched), clock_.now + 3'600'000};
      },
      clock_);
  ASSERT_TRUE(tokens->Get());
  clock_.now += 60'000;
  const auto store = Store(tokens);
  const auto read = store->Read("key", 10);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)->ToString(), "bytes");
  EXPECT_EQ(fetched, 2);

  // Another would be refused too: the one at hand has just come.
  handler_ = [](const net::TestRequest&, net::TestConnection& connection) {
    connection.Answer("401 Unauthorized", "");
  };
  const auto refused = store->Read("key", 10);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kPermissionDenied);
  EXPECT_EQ(fetched, 2);
}

}  // namespace
}  // namespace sluice::storage
