// What only a running store can show: its refusals, and URLs that it opens.
#include <gmock/gmock.h>

#include "storage/gcs/gcs_test_support.h"
#include "storage/gcs/live/live_store.h"
#include "storage/url_signer_conformance.h"

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

/// With keys that are not in the suite of all signers, and with none.
TEST_F(GcsLive, UrlsOpenObjectsOfAnyName) {
  const StoreOptions hmac = {{"hmacKeyId", "GOOG1EXAMPLE"}, {"hmacSecret", "secret"}};
  StoreOptions account = hmac;
  account["credentials"] = ServiceAccountJson("http://127.0.0.1:1/token");
  for (const StoreOptions& options : {account, StoreOptions{{"anonymous", "true"}}}) {
    const auto signer = live_.Open(options).urls->SignerFor(
        {"table", "recipient", SystemClock().NowMillis() + 60'000});
    ASSERT_TRUE(signer) << signer.error().message;
    for (const std::string& key : KeysOfUrls()) {
      live_.Put(key, "bytes of " + key);
      net::HttpRequest request;
      ASSERT_TRUE((*signer)->AppendUrl(key, &request.url));
      EXPECT_EQ(live_.Fetch(request).body, "bytes of " + key);
    }
  }
}

}  // namespace
}  // namespace sluice::storage
