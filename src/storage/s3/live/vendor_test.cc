// Keys for recipients, where the store has a token service (MinIO).
#include <gmock/gmock.h>

#include "storage/s3/live/live_store.h"

namespace sluice::storage {
namespace {

using ::testing::HasSubstr;

class S3LiveVendor : public ::testing::Test {
 protected:
  S3LiveVendor() {
    if (Variable("SLUICE_S3_STS").empty()) Skip();
  }
  static void Skip() { GTEST_SKIP() << "SLUICE_S3_STS is not set: the store has no token service"; }

  /// A folder as a recipient with these keys sees it.
  Ports As(const TemporaryCredentials& keys, const std::string& folder) const {
    const auto backend = MakeS3({{"endpoint", live_.endpoint()},
                                 {"accessKeyId", keys.fields.at("accessKeyId")},
                                 {"secretAccessKey", keys.fields.at("secretAccessKey")},
                                 {"sessionToken", keys.fields.at("sessionToken")}},
                                Surroundings::OfProcess());
    Location location = live_.location();
    location.folder += folder;
    return (*backend)->Open(location).value();
  }

  const LiveStore live_;
};

TEST_F(S3LiveVendor, KeysReadTheirFolderAndNothingElse) {
  live_.Put("table/_delta_log/0.json", "log");
  live_.Put("table/part 0", "inside");
  live_.Put("table2/part 0", "beside");
  live_.Put("above", "outside");
  const auto backend =
      MakeS3({{"endpoint", live_.endpoint()}, {"stsEndpoint", Variable("SLUICE_S3_STS")}},
             Surroundings::OfProcess());
  Location table = live_.location();
  table.folder += "/table";
  const auto before = SystemClock().NowMillis();
  const auto keys = (*backend)->Open(table)->credentials->Vend(3'600'000);
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_NEAR(static_cast<double>(keys->expires_at_ms - before), 3'600'000, 60'000);
  EXPECT_EQ(keys->location, table.Text());

  const Ports inside = As(*keys, "/table");
  EXPECT_EQ(inside.objects->Read("part 0", 100).value()->ToString(), "inside");
  EXPECT_EQ(inside.objects->Stat("_delta_log/0.json")->size, 3);
  EXPECT_EQ(inside.objects->Stat("_delta_log/1.json").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(inside.objects->List("_delta_log/", "")->size(), 1U);
  EXPECT_EQ(inside.objects->List("", "")->size(), 1U);

  for (const auto& [folder, object] : {std::pair("", "above"), std::pair("/table2", "part 0")}) {
    const Ports outside = As(*keys, folder);
    const auto read = outside.objects->Read(object, 100);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::kPermissionDenied);
    EXPECT_THAT(read.error().message, HasSubstr("403 AccessDenied"));
    EXPECT_FALSE(outside.objects->Stat(object));
    EXPECT_EQ(outside.objects->List("", "").error().kind, ErrorKind::kPermissionDenied);
  }
}

TEST_F(S3LiveVendor, KeysDoNotWrite) {
  live_.Put("table/part", "inside");
  const auto backend =
      MakeS3({{"endpoint", live_.endpoint()}, {"stsEndpoint", Variable("SLUICE_S3_STS")}},
             Surroundings::OfProcess());
  const auto keys = (*backend)->Open(live_.location())->credentials->Vend(900'000);
  ASSERT_TRUE(keys) << keys.error().message;
  const auto key = std::make_shared<const Expiring<AwsKey>>(
      Expiring<AwsKey>{{keys->fields.at("accessKeyId"), keys->fields.at("secretAccessKey"),
                        keys->fields.at("sessionToken")}});
  for (const char* method : {"PUT", "DELETE"}) {
    net::HttpRequest request;
    request.method = method;
    request.url = live_.endpoint() + "/" + live_.location().bucket + "/" +
                  PercentEncode(live_.location().folder + "/table/part", true);
    SigV4("us-east-1", "s3").Sign(key, SystemClock().NowMillis(), &request);
    EXPECT_EQ(LiveStore::Client().Send(request)->status, 403) << method;
  }
  EXPECT_TRUE(live_.ports().objects->Stat("table/part"));
}

}  // namespace
}  // namespace sluice::storage
