// What only a running store can show of reading: pages, clocks, refusals.
#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "storage/s3/live/live_store.h"

namespace sluice::storage {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class S3LiveStore : public ::testing::Test {
 protected:
  const LiveStore live_;
};

TEST_F(S3LiveStore, ListingsOfManyPagesAreWhole) {
  constexpr int kCount = 1'010;
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; i < kCount; i += kThreads) live_.Put(fmt::format("log/{:05}", i), "x");
    });
  }
  for (auto& thread : threads) thread.join();
  const auto all = live_.ports().objects->List("log/", "");
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), static_cast<std::size_t>(kCount));
  for (int i = 0; i < kCount; ++i) EXPECT_EQ((*all)[i].key, fmt::format("log/{:05}", i));
  const auto rest = live_.ports().objects->List("log/", "log/00003");
  ASSERT_TRUE(rest) << rest.error().message;
  EXPECT_EQ(rest->size(), 1'006U);
  EXPECT_EQ(rest->front().key, "log/00004");
}

TEST_F(S3LiveStore, AWrongClockIsSetRight) {
  live_.Put("object", "bytes");
  for (const std::int64_t hours : {-3, 3}) {
    const ShiftedClock wrong(hours * 3'600'000);
    const Ports ports = live_.Open({}, wrong);
    const auto stat = ports.objects->Stat("object");
    ASSERT_TRUE(stat) << stat.error().message;
    EXPECT_EQ(stat->size, 5);
    EXPECT_TRUE(ports.objects->Read("object", 100));
    EXPECT_TRUE(ports.objects->List("", ""));
  }
}

TEST_F(S3LiveStore, RefusalsSayWhatTheStoreSays) {
  const auto read = [&](const StoreOptions& options) {
    return live_.Open(options).objects->Read("object", 100).error();
  };
  const Error secret =
      read({{"accessKeyId", Variable("AWS_ACCESS_KEY_ID")}, {"secretAccessKey", "wrong-one"}});
  EXPECT_EQ(secret.kind, ErrorKind::kPermissionDenied);
  EXPECT_THAT(secret.message, HasSubstr("403 SignatureDoesNotMatch"));
  EXPECT_THAT(secret.message, HasSubstr("is secretAccessKey that of accessKeyId?"));
  EXPECT_THAT(secret.message, ::testing::Not(HasSubstr("wrong-one")));
  const Error unknown = read({{"accessKeyId", "nobody"}, {"secretAccessKey", "wrong-one"}});
  EXPECT_EQ(unknown.kind, ErrorKind::kPermissionDenied);
  EXPECT_THAT(unknown.message, ContainsRegex("403 InvalidAccessKeyId|404 XAdminUserNotFound"));
  const Error anonymous = read({{"anonymous", "true"}});
  EXPECT_EQ(anonymous.kind, ErrorKind::kPermissionDenied);
  EXPECT_THAT(anonymous.message, HasSubstr("403 AccessDenied"));
}

TEST_F(S3LiveStore, ItsCertificateMustBeOneThatIsTrusted) {
  if (LiveStore::CaFile().empty()) GTEST_SKIP() << "SLUICE_S3_CA_FILE is not set: no TLS";
  live_.Put("object", "bytes");
  EXPECT_TRUE(live_.ports().objects->Read("object", 100));
  EXPECT_TRUE(live_.Open({{"verifyTls", "false"}}).objects->Read("object", 100));
  const auto untrusted = live_.Open({{"verifyTls", "true"}}).objects->Read("object", 100);
  ASSERT_FALSE(untrusted);
  EXPECT_EQ(untrusted.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(untrusted.error().message, HasSubstr("certificate"));
}

TEST(S3LiveBucket, OneThatIsNotThereIsNoMissingObject) {
  const LiveStore live("no-such-bucket-here");
  if (!live.there()) return;
  const auto read = live.ports().objects->Read("object", 100);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kPermissionDenied);
  EXPECT_THAT(read.error().message, HasSubstr("404 NoSuchBucket"));
  const auto listed = live.ports().objects->List("", "");
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().kind, ErrorKind::kPermissionDenied);
}

}  // namespace
}  // namespace sluice::storage
