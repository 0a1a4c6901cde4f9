#include "storage/azure/blob_dialect.h"

#include <gmock/gmock.h>

#include "storage/azure/test_surroundings.h"

namespace sluice::storage {
namespace {

using ::testing::HasSubstr;

class BlobDialectTest : public ::testing::Test {
 protected:
  std::shared_ptr<const BlobService> Service(AzureCredential credential) {
    return std::make_shared<const BlobService>(
        AzureAccount{"acct", "https://acct.blob.core.windows.net"}, std::move(credential), clock_);
  }
  /// The names of a listing, or its error.
  std::string Names(std::string_view blobs, std::string_view rest = "<NextMarker/>") {
    const auto page = dialect_.ReadListing(
        "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs>" +
        std::string(blobs) + "</Blobs>" + std::string(rest) + "</EnumerationResults>");
    if (!page) return std::string(KindName(page.error().kind)) + ": " + page.error().message;
    std::string out;
    for (const auto& meta : page->objects) {
      out += fmt::format("[{} {} {}]", meta.key, meta.size, meta.modified_ms);
    }
    return out + page->next;
  }
  static std::string Blob(std::string_view name, std::string_view more = {}) {
    return "<Blob>" + std::string(name) +
           "<Properties><Last-Modified>Sat, 31 Jan 2026 09:00:00 GMT</Last-Modified>"
           "<Content-Length>7</Content-Length></Properties>" +
           std::string(more) + "</Blob>";
  }
  static net::HttpResponse Answer(int status, std::vector<net::Header> headers,
                                  std::string body = {}) {
    net::HttpResponse out;
    out.status = status;
    out.headers = std::move(headers);
    out.body = std::move(body);
    return out;
  }

  SetClock clock_;
  BlobDialect dialect_{Service(Anonymous{}), "box"};
};

TEST_F(BlobDialectTest, AsksForObjectsAndListings) {
  EXPECT_EQ(dialect_.ForObject("HEAD", "a b/\xC3\xA9?").url,
            "https://acct.blob.core.windows.net/box/a%20b/%C3%A9%3F");
  EXPECT_EQ(dialect_.ForObject("HEAD", "a").method, "HEAD");
  ListQuery query;
  query.prefix = "sales/_delta_log/0&";
  query.token = "2!x=";
  query.start_after = "ignored";
  EXPECT_EQ(dialect_.ForListing(query).url,
            "https://acct.blob.core.windows.net/box?restype=container&comp=list&include=metadata"
            "&maxresults=5000&delimiter=%2F&prefix=sales%2F_delta_log%2F0%26&marker=2%21x%3D");
  query.recursive = true;
  EXPECT_EQ(dialect_.ForListing(query).url.find("delimiter"), std::string::npos);
}

TEST_F(BlobDialectTest, ReadsListings) {
  EXPECT_EQ(Names(Blob("<Name>log/1 &amp; &lt;2&gt;.json</Name>") +
                      "<BlobPrefix><Name>log/deeper/</Name></BlobPrefix>" +
                      Blob("<Name Encoded=\"true\">log/%EF%BF%BF%0A</Name>"),
                  "<NextMarker>more</NextMarker>"),
            "[log/1 & <2>.json 7 1769850000000][log/\xEF\xBF\xBF\n 7 1769850000000]more");
  EXPECT_EQ(Names(""), "");
}

TEST_F(BlobDialectTest, MarksOfFoldersAreNoObjects) {
  EXPECT_EQ(
      Names(Blob("<Name>a</Name>", "<Metadata><Hdi_IsFolder>true</Hdi_IsFolder></Metadata>") +
            Blob("<Name>b</Name>", "<Metadata><hdi_isfolder>false</hdi_isfolder></Metadata>") +
            "<Blob><Name>c</Name><Properties><Content-Length>0</Content-Length>"
            "<ResourceType>directory</ResourceType></Properties></Blob>"),
      "[b 7 1769850000000]");
  EXPECT_TRUE(dialect_.IsFolder(Answer(200, {{"x-ms-meta-hdi_isfolder", "true"}})));
  EXPECT_TRUE(dialect_.IsFolder(Answer(200, {{"x-ms-resource-type", "directory"}})));
  EXPECT_FALSE(dialect_.IsFolder(Answer(200, {{"x-ms-resource-type", "file"}})));
}

TEST_F(BlobDialectTest, WhatIsNoListingIsRefused) {
  EXPECT_THAT(Names("<Blob><Name>a</Name></Blob>"), HasSubstr("corrupt: the listing has an entry"));
  EXPECT_THAT(Names(Blob("<Name></Name>")), HasSubstr("corrupt: "));
  EXPECT_THAT(Names(Blob("<Name Encoded=\"true\">%zz</Name>")), HasSubstr("corrupt: "));
  for (const char* body :
       {"", "<html>", "<EnumerationResults/>",
        "<!DOCTYPE x [<!ENTITY a \"b\">]><EnumerationResults><Blobs/></EnumerationResults>",
        "<Error><Code>x</Code></Error>", "{}"}) {
    const auto page = dialect_.ReadListing(body);
    ASSERT_FALSE(page) << body;
    EXPECT_EQ(page.error().kind, ErrorKind::kCorrupt) << body;
  }
}

TEST_F(BlobDialectTest, SaysWhatAStoreRefuses) {
  const auto refusal = dialect_.ReadRefusal(
      Answer(404, {},
             "<Error><Code>ContainerNotFound</Code><Message>The container does not exist."
             "\nRequestId:1\nTime:2</Message></Error>"));
  EXPECT_EQ(refusal.code, "ContainerNotFound");
  EXPECT_EQ(refusal.message, "The container does not exist.");
  EXPECT_TRUE(refusal.no_container);
  const auto head = dialect_.ReadRefusal(Answer(404, {{"x-ms-error-code", "BlobNotFound"}}));
  EXPECT_EQ(head.code, "BlobNotFound");
  EXPECT_FALSE(head.no_container);
  EXPECT_EQ(dialect_.ReadRefusal(Answer(502, {}, "<html>bad gateway")).code, "");
}

TEST_F(BlobDialectTest, ASasIsAddedToWhatIsAsked) {
  const auto service = Service(GivenSas{"sp=r&sig=x"});
  net::HttpRequest plain;
  plain.url = "https://h/box/a";
  net::HttpRequest listing;
  listing.url = "https://h/box?comp=list";
  ASSERT_TRUE(service->Authorize(&plain));
  ASSERT_TRUE(service->Authorize(&listing));
  EXPECT_EQ(plain.url, "https://h/box/a?sp=r&sig=x");
  EXPECT_EQ(listing.url, "https://h/box?comp=list&sp=r&sig=x");
  EXPECT_FALSE(plain.follow_redirects);
}

TEST_F(BlobDialectTest, AKeyIsTriedAgainOnlyWhereTheClocksDiffer) {
  const auto service = Service(AccountKey{"acct", HmacKey("k")});
  const auto refused = [](const char* date) {
    return Answer(403, {{"x-ms-error-code", "AuthenticationFailed"}, {"date", date}});
  };
  EXPECT_FALSE(service->ReadRefusal(refused("Sat, 31 Jan 2026 09:00:10 GMT")).stale);
  EXPECT_FALSE(service->ReadRefusal(refused("never")).stale);
  const auto later = refused("Sat, 31 Jan 2026 12:00:00 GMT");
  EXPECT_TRUE(service->ReadRefusal(later).stale);
  service->Learn(later);
  EXPECT_EQ(service->NowMillis(), clock_.now + 3 * 3'600'000);
  EXPECT_FALSE(service->ReadRefusal(later).stale);
  net::HttpRequest request;
  request.url = "https://h/box/a";
  ASSERT_TRUE(service->Authorize(&request));
  EXPECT_THAT(request.headers,
              ::testing::Contains(net::Header("x-ms-date", "Sat, 31 Jan 2026 12:00:00 GMT")));
}

TEST_F(BlobDialectTest, ARefusedTokenIsGotAnew) {
  int fetches = 0;
  const auto tokens = std::make_shared<const Renewing<std::string>>(
      [&]() -> Result<Expiring<std::string>> {
        return Expiring<std::string>{"token" + std::to_string(++fetches), kNever};
      },
      clock_);
  const auto service = Service(AccessTokens(tokens));
  net::HttpRequest request;
  request.url = "https://h/box/a";
  ASSERT_TRUE(service->Authorize(&request));
  EXPECT_EQ(request.headers.back(), net::Header("Authorization", "Bearer token1"));
  const auto refused = Answer(401, {{"x-ms-error-code", "InvalidAuthenticationInfo"}});
  EXPECT_TRUE(service->ReadRefusal(refused).stale);
  EXPECT_FALSE(
      service->ReadRefusal(Answer(403, {{"x-ms-error-code", "AuthorizationPermissionMismatch"}}))
          .stale);
  service->Learn(refused);
  ASSERT_TRUE(service->Authorize(&request));
  EXPECT_EQ(request.headers.back(), net::Header("Authorization", "Bearer token2"));
}

}  // namespace
}  // namespace sluice::storage
