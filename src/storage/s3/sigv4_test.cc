#include "storage/s3/sigv4.h"

#include <gmock/gmock.h>

#include <thread>

#include "base/clock.h"
#include "base/uri.h"

namespace sluice::storage {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

AwsKeyPtr Key(std::string id, std::string secret, std::string token = {}) {
  return std::make_shared<const Expiring<AwsKey>>(
      Expiring<AwsKey>{{std::move(id), std::move(secret), std::move(token)}});
}

/// The keys of the examples in the documentation of Amazon S3.
AwsKeyPtr ExampleKey() {
  return Key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
}

const std::int64_t kMay2013 = *ParseTimestamp("2013-05-24T00:00:00Z");
const std::int64_t kAugust2015 = *ParseTimestamp("2015-08-30T12:36:00Z");

std::string AuthorizationOf(const SigV4& signer, const AwsKeyPtr& key, std::int64_t now_ms,
                            net::HttpRequest request) {
  signer.Sign(key, now_ms, &request);
  return request.headers.back().second;
}

std::string SignedForS3(std::string method, std::string path, std::vector<net::Header> headers = {},
                        std::string body = {}) {
  net::HttpRequest request;
  request.method = std::move(method);
  request.url = "https://examplebucket.s3.amazonaws.com" + path;
  request.headers = std::move(headers);
  request.body = std::move(body);
  return AuthorizationOf(SigV4("us-east-1", "s3"), ExampleKey(), kMay2013, std::move(request));
}

TEST(SigV4, ExamplesOfAmazonS3) {
  EXPECT_EQ(SignedForS3("GET", "/test.txt", {{"Range", "bytes=0-9"}}),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  EXPECT_THAT(
      SignedForS3("PUT", "/test%24file.text",
                  {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                   {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                  "Welcome to Amazon S3."),
      EndsWith("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
  EXPECT_THAT(
      SignedForS3("GET", "/?lifecycle="),
      EndsWith("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
  EXPECT_THAT(
      SignedForS3("GET", "/?max-keys=2&prefix=J"),
      EndsWith("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(SigV4, VectorsOfTheTestSuite) {
  const SigV4 signer("us-east-1", "service");
  const auto key = Key("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
  net::HttpRequest request;
  request.url = "https://example.amazonaws.com";
  EXPECT_EQ(AuthorizationOf(signer, key, kAugust2015, request),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  request.url = "https://example.amazonaws.com/?Param1=value1&Param2=value2";
  EXPECT_THAT(
      AuthorizationOf(signer, key, kAugust2015, request),
      EndsWith("Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"));
  request.method = "POST";
  request.url = "https://example.amazonaws.com/";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = "Param1=value1";
  EXPECT_THAT(
      AuthorizationOf(signer, key, kAugust2015, request),
      EndsWith("Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"));
}

TEST(SigV4, ASessionTokenIsSigned) {
  const auto key = Key("AKIDEXAMPLE", "secret", "token");
  net::HttpRequest request;
  request.url = "http://127.0.0.1:9000/bucket";
  SigV4("eu", "s3").Sign(key, kAugust2015, &request);
  EXPECT_EQ(request.headers[2], net::Header("X-Amz-Security-Token", "token"));
  EXPECT_THAT(request.headers.back().second,
              HasSubstr("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token"));
}

TEST(SigV4, TheKeyIsKeptForTheDayAndTheCredential) {
  const SigV4 signer("us-east-1", "s3");
  const auto key = ExampleKey();
  const auto first = signer.KeyFor(key, kMay2013);
  EXPECT_EQ(signer.KeyFor(key, kMay2013 + 86'399'999), first);
  EXPECT_NE(signer.KeyFor(key, kMay2013 + 86'400'000), first);
  EXPECT_EQ(first->scope, "20130524/us-east-1/s3/aws4_request");
  const auto other = Key("AKIAIOSFODNN7EXAMPLE", "another");
  EXPECT_NE(signer.KeyFor(other, kMay2013)->hmac.Sign("x"), first->hmac.Sign("x"));
}

TEST(Presigner, TheExampleOfAmazonS3) {
  const auto key = ExampleKey();
  const SigningKey signing(key->value, "20130524", "us-east-1", "s3");
  const Presigner presigner(key->value, signing,
                            {"https://examplebucket.s3.amazonaws.com", "/", kMay2013, 86'400});
  std::string url = "before ";
  presigner.AppendUrl("test.txt", &url);
  EXPECT_EQ(url,
            "before https://examplebucket.s3.amazonaws.com/test.txt"
            "?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature="
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(Presigner, APrefixIsSignedAsIfItWerePartOfTheName) {
  const auto key = Key("id", "secret", "a/token+of=many");
  const SigningKey signing(key->value, "20130524", "eu", "s3");
  const Presigner whole(key->value, signing, {"http://h:9000", "/", kMay2013, 60});
  const Presigner below(key->value, signing, {"http://h:9000", "/b/f%20o/", kMay2013, 60});
  std::string expected;
  std::string got;
  whole.AppendUrl("b/f o/\xC3\xA9 +%/x=1.parquet", &expected);
  below.AppendUrl("\xC3\xA9 +%/x=1.parquet", &got);
  EXPECT_EQ(got, expected);
  EXPECT_THAT(got, HasSubstr("/b/f%20o/%C3%A9%20%2B%25/x%3D1.parquet?X-Amz-Algorithm="));
  EXPECT_THAT(got, HasSubstr("&X-Amz-Security-Token=a%2Ftoken%2Bof%3Dmany&X-Amz-SignedHeaders="));
}

}  // namespace
}  // namespace sluice::storage
