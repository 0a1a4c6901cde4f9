// Options, endpoints and what URLs are made of them.
#include "storage/s3/s3_backend.h"

#include <gmock/gmock.h>

#include "storage/s3/s3_test_util.h"

namespace sluice::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class S3BackendTest : public ::testing::Test {
 protected:
  static StoreOptions With(StoreOptions more) {
    StoreOptions options = {{"accessKeyId", "AKID"}, {"secretAccessKey", "a-secret"}};
    options.merge(more);
    return options;
  }
  std::unique_ptr<const UrlSigner> SignerOf(const StoreOptions& options,
                                            std::string_view location = "s3://bucket/table") {
    SigningScope scope;
    scope.expires_at_ms = machine_.clock.now_ms + 3'600'000;
    const auto ports = OpenTable(options, machine_, location);
    EXPECT_TRUE(ports) << ports.error().message;
    auto signer = ports->urls->SignerFor(scope);
    EXPECT_TRUE(signer) << signer.error().message;
    return std::move(*signer);
  }
  /// The URL of "f", or the error.
  static std::string UrlOf(const UrlSigner& signer) {
    std::string url;
    const auto appended = signer.AppendUrl("f", &url);
    return appended ? url : "error " + appended.error().message;
  }
  /// The URL of an object up to its query.
  std::string PlaceOf(StoreOptions more, std::string_view location = "s3://bucket/table") {
    const std::string url = UrlOf(*SignerOf(With(std::move(more)), location));
    return url.substr(0, url.find('?'));
  }
  std::string RefusalOf(const StoreOptions& options,
                        std::string_view location = "s3://bucket/table") {
    const auto ports = OpenTable(options, machine_, location);
    return ports ? "none" : std::string(KindName(ports.error().kind)) + " " + ports.error().message;
  }

  TestMachine machine_;
};

TEST_F(S3BackendTest, AmazonsHostsAreThoseOfTheRegion) {
  EXPECT_EQ(PlaceOf({}), "https://bucket.s3.us-east-1.amazonaws.com/table/f");
  EXPECT_EQ(PlaceOf({{"region", "cn-north-1"}}),
            "https://bucket.s3.cn-north-1.amazonaws.com.cn/table/f");
  EXPECT_EQ(PlaceOf({{"region", "eu-west-1"}, {"pathStyle", "true"}}),
            "https://s3.eu-west-1.amazonaws.com/bucket/table/f");
  EXPECT_EQ(PlaceOf({{"region", "eu-west-1"}}, "s3://a.bucket/t x"),
            "https://s3.eu-west-1.amazonaws.com/a.bucket/t%20x/f");
  EXPECT_EQ(PlaceOf({}, "s3a://bucket"), "https://bucket.s3.us-east-1.amazonaws.com/f");
}

TEST_F(S3BackendTest, OtherStoresAreAskedInPathStyleUnlessToldOtherwise) {
  EXPECT_EQ(PlaceOf({{"endpoint", "http://minio:9000/"}}), "http://minio:9000/bucket/table/f");
  EXPECT_EQ(PlaceOf({{"endpoint", "https://store.example:443/base"}}),
            "https://store.example/base/bucket/table/f");
  EXPECT_EQ(PlaceOf({{"endpoint", "https://store.example"}, {"pathStyle", "false"}}),
            "https://bucket.store.example/table/f");
  EXPECT_EQ(PlaceOf({{"endpoint", "http://[::1]:9000"}}), "http://[::1]:9000/bucket/table/f");
}

TEST_F(S3BackendTest, UrlsAreOfTheHostThatRecipientsReach) {
  EXPECT_EQ(
      PlaceOf({{"endpoint", "http://minio:9000"}, {"publicEndpoint", "https://data.example"}}),
      "https://data.example/bucket/table/f");
  EXPECT_THAT(RefusalOf(With({{"publicEndpoint", "data.example"}})), HasSubstr("publicEndpoint"));
}

TEST_F(S3BackendTest, TheFilesOfProfilesMatterOnlyWhereTheyAreAsked) {
  machine_.Write(".aws/config", "[broken\n");
  EXPECT_THAT(RefusalOf(With({})), HasSubstr("/.aws/config: line 1: "));
  EXPECT_EQ(RefusalOf(With({{"region", "eu-west-1"}})), "none");
}

TEST_F(S3BackendTest, TheRegionIsLookedForInTurn) {
  const auto region = [&](StoreOptions more) {
    const std::string url = UrlOf(*SignerOf(With(std::move(more))));
    const std::size_t begin = url.find("20260301%2F") + 11;
    return url.substr(begin, url.find("%2F", begin) - begin);
  };
  EXPECT_EQ(region({}), "us-east-1");
  machine_.Write(".aws/config", "[default]\nregion = from-profile\n[profile x]\nregion=of-x\n");
  EXPECT_EQ(region({}), "from-profile");
  machine_.variables["AWS_PROFILE"] = "x";
  EXPECT_EQ(region({}), "of-x");
  machine_.variables["AWS_DEFAULT_REGION"] = "second";
  EXPECT_EQ(region({}), "second");
  machine_.variables["AWS_REGION"] = "first";
  EXPECT_EQ(region({}), "first");
  EXPECT_EQ(region({{"region", "option"}}), "option");
  EXPECT_EQ(region({{"endpoint", "https://id.r2.cloudflarestorage.com"}}), "auto");
  machine_.variables["AWS_REGION"] = "evil.example/";
  EXPECT_THAT(RefusalOf(With({})), HasSubstr("is the name of a region"));
}

TEST_F(S3BackendTest, TheEndpointOfTheEnvironmentCounts) {
  machine_.variables["AWS_ENDPOINT_URL"] = "http://all:1";
  EXPECT_EQ(PlaceOf({}), "http://all:1/bucket/table/f");
  machine_.variables["AWS_ENDPOINT_URL_S3"] = "http://s3:1";
  EXPECT_EQ(PlaceOf({}), "http://s3:1/bucket/table/f");
  EXPECT_EQ(PlaceOf({{"endpoint", "http://option:1"}}), "http://option:1/bucket/table/f");
}

TEST_F(S3BackendTest, WrongOptionsAreRefusedByName) {
  EXPECT_THAT(RefusalOf({{"acessKeyId", "x"}}), HasSubstr("no option 'acessKeyId'"));
  EXPECT_THAT(RefusalOf({{"accessKeyId", "x"}}), HasSubstr("secretAccessKey"));
  EXPECT_THAT(RefusalOf({{"sessionToken", "x"}}), HasSubstr("sessionToken"));
  EXPECT_THAT(RefusalOf(With({{"profile", "x"}})), HasSubstr("profile"));
  EXPECT_THAT(RefusalOf({{"profile", "none"}}), HasSubstr("no profile 'none' in "));
  EXPECT_THAT(RefusalOf(With({{"anonymous", "true"}})), HasSubstr("anonymous"));
  EXPECT_THAT(RefusalOf(With({{"externalId", "x"}})), HasSubstr("roleArn"));
  EXPECT_THAT(RefusalOf(With({{"pathStyle", "yes"}})), HasSubstr("pathStyle is true or false"));
  EXPECT_THAT(RefusalOf(With({{"endpoint", "minio:9000"}})), HasSubstr("endpoint is a URL"));
  EXPECT_THAT(RefusalOf(With({{"region", "EU"}})), HasSubstr("region is the name of a region"));
  EXPECT_THAT(RefusalOf(With({{"pathStyle", "false"}}), "s3://a.b/t"), HasSubstr("pathStyle"));
  EXPECT_THAT(RefusalOf(With({}), "s3://x--use1-az4--x-s3/t"), StartsWith("unsupported"));
  EXPECT_THAT(RefusalOf(With({}), "gs://bucket/t"), HasSubstr("not in S3"));
}

TEST_F(S3BackendTest, UrlsEndWithTheScopeAndAfterAWeekAtMost) {
  const Ports ports = *OpenTable(With({}), machine_);
  const auto seconds = [&](std::int64_t from_now_ms) -> std::string {
    SigningScope scope;
    scope.expires_at_ms = machine_.clock.now_ms + from_now_ms;
    const auto signer = ports.urls->SignerFor(scope);
    if (!signer) return std::string(KindName(signer.error().kind));
    const std::string url = UrlOf(**signer);
    const std::size_t begin = url.find("X-Amz-Expires=") + 14;
    const std::string text = url.substr(begin, url.find('&', begin) - begin);
    EXPECT_EQ((*signer)->scope().expires_at_ms, machine_.clock.now_ms + std::stol(text) * 1000);
    return text;
  };
  EXPECT_EQ(seconds(3'600'000), "3600");
  EXPECT_EQ(seconds(1'999), "1");
  EXPECT_EQ(seconds(std::int64_t{365} * 86'400'000), "604800");
  EXPECT_EQ(seconds(0), "invalid_argument");
}

TEST_F(S3BackendTest, RootsAreLocationsOfTheSameStore) {
  const auto signer = SignerOf(With({}));
  EXPECT_THAT(UrlOf(*signer->AtRoot("s3://other/base")),
              StartsWith("https://other.s3.us-east-1.amazonaws.com/base/f?"));
  EXPECT_EQ(UrlOf(*signer->AtRoot("s3://other/base")->AtRoot("")), UrlOf(*signer));
  EXPECT_THAT(UrlOf(*signer->AtRoot("gs://other/base")), HasSubstr("not in this S3 store"));
  EXPECT_THAT(UrlOf(*signer->AtRoot("nothing")), StartsWith("error "));
  EXPECT_EQ(signer->AtRoot("s3://other")->scope().root, "s3://other");
}

}  // namespace
}  // namespace sluice::storage
