// What only a running store can show: its refusals, and URLs that it opens.
#include <gmock/gmock.h>

#include "storage/gcs/gcs_test_support.h"
#include "storage/gcs/live/live_store.h"

namespace sluice::storage {
namespace {

using ::testing::HasSubstr;

/// Skips every test of the program where there is no store.
class NeedsStore : public ::testing::Environment {
 public:
  void SetUp() override {
    if (std::getenv("SLUICE_GCS_ENDPOINT") == nullptr) {
      GTEST_SKIP() << "SLUICE_GCS_ENDPOINT names no store; tests/e2e/test_store_gcs.py starts one";
    }
  }
};
const auto* const kNeedsStore = ::testing::AddGlobalTestEnvironment(new NeedsStore);

class GcsLive : public ::testing::Test {
 protected:
  static net::HttpResponse Fetch(net::HttpRequest request) {
    auto answer = net::HttpClient(net::HttpOptions{}).Send(request);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer.value_or(net::HttpResponse{});
  }

  const LiveStore live_;
};

TEST_F(GcsLive, AMissingBucketIsNamed) {
  const auto listed = live_.ports().objects->List("", "");
  ASSERT_TRUE(listed) << listed.error().message;
  const auto backend =
      MakeGcs({{"endpoint", std::getenv("SLUICE_GCS_ENDPOINT")}, {"anonymous", "true"}},
              Surroundings::OfProcess());
  const auto ports = (*backend)->Open(ParseLocation("gs://no-such-bucket-here").value());
  const auto missing = ports->objects->List("", "");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kPermissionDenied);
  EXPECT_THAT(missing.error().message, HasSubstr("gs://no-such-bucket-here: GET was answered 404"));
}

TEST_F(GcsLive, SignedUrlsOpenObjectsOfAnyName) {
  net::TestServer tokens([](const net::TestRequest&, net::TestConnection& connection) {
    connection.Answer("200 OK", R"({"access_token":"t","expires_in":3600})");
  });
  for (const StoreOptions& options :
       {StoreOptions{{"credentials", ServiceAccountJson(tokens.Url("/token"))}},
        StoreOptions{{"credentials", ServiceAccountJson(tokens.Url("/token"))},
                     {"hmacKeyId", "GOOG1EXAMPLE"},
                     {"hmacSecret", "secret"}},
        StoreOptions{{"anonymous", "true"}}}) {
    const auto ports = live_.Open(options);
    const auto signer =
        ports.urls->SignerFor({"table", "recipient", SystemClock().NowMillis() + 60'000});
    ASSERT_TRUE(signer) << signer.error().message;
    for (const std::string key : {"part-0.parquet", "a b+c&d=e/f%20g?h#i;j.parquet",
                                  "\xC3\xA9\xE2\x82\xAC/x~y_z'(1)*!.parquet"}) {
      live_.Put(key, "bytes of " + key);
      net::HttpRequest request;
      ASSERT_TRUE((*signer)->AppendUrl(key, &request.url));
      EXPECT_EQ(Fetch(request).body, "bytes of " + key);
      request.range = std::pair(6, 8);
      EXPECT_EQ(Fetch(request).body, "of ") << key;
      EXPECT_EQ((*ports.objects->Read(key, 1000))->ToString(), "bytes of " + key);
    }
  }
}

}  // namespace
}  // namespace sluice::storage
