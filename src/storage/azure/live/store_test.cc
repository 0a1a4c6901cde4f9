// What only a running store can show of reading: pages, clocks, refusals.
#include <gmock/gmock.h>

#include "storage/azure/live/live_store.h"

namespace sluice::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AzureLiveStore : public ::testing::Test {
 protected:
  std::string Key() const { return Variable("SLUICE_AZURE_KEY"); }

  const LiveStore live_;
};

TEST_F(AzureLiveStore, AWrongClockIsSetRight) {
  live_.Put("object", "bytes");
  for (const std::int64_t hours : {-3, 3}) {
    const ShiftedClock wrong(hours * 3'600'000);
    const Ports ports = live_.Open({{"accountKey", Key()}}, LiveStore::Nothing(wrong));
    const auto stat = ports.objects->Stat("object");
    ASSERT_TRUE(stat) << stat.error().message;
    EXPECT_EQ(stat->size, 5);
    EXPECT_TRUE(ports.objects->Read("object", 100));
    EXPECT_EQ(ports.objects->List("", "")->size(), 1U);
  }
}

TEST_F(AzureLiveStore, RefusalsSayWhatTheStoreSays) {
  live_.Put("object", "bytes");
  const auto read = [&](const StoreOptions& options) {
    return live_.Open(options).objects->Read("object", 100).error();
  };
  const Error key = read({{"accountKey", "d3Jvbmc="}});
  EXPECT_EQ(key.kind, ErrorKind::kPermissionDenied);
  EXPECT_THAT(key.message, HasSubstr("403 Authori"));
  EXPECT_THAT(key.message, Not(HasSubstr("d3Jvbmc=")));
  const Error sas = read({{"sasToken", "sv=2020-12-06&sr=c&sp=r&se=2100-01-01&sig=d3Jvbmc%3D"}});
  EXPECT_EQ(sas.kind, ErrorKind::kPermissionDenied);
  EXPECT_THAT(sas.message, Not(HasSubstr("sig=")));
  const Error anonymous = read({{"anonymous", "true"}});
  EXPECT_NE(anonymous.kind, ErrorKind::kUnavailable);
  EXPECT_THAT(anonymous.message, HasSubstr("was answered 4"));
}

TEST_F(AzureLiveStore, AContainerThatIsNotThereIsNoMissingObject) {
  Location nowhere = live_.location();
  nowhere.bucket = "no-such-container";
  const auto backend = MakeAzure({{"endpoint", live_.endpoint()},
                                  {"account", Variable("SLUICE_AZURE_ACCOUNT")},
                                  {"caFile", Variable("SLUICE_AZURE_CA")},
                                  {"accountKey", Key()}},
                                 LiveStore::Nothing());
  ASSERT_TRUE(backend) << backend.error().message;
  const auto ports = (*backend)->Open(nowhere);
  const auto read = ports->objects->Read("object", 100);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kPermissionDenied);
  EXPECT_THAT(read.error().message, HasSubstr("404 ContainerNotFound"));
  EXPECT_EQ(ports->objects->List("", "").error().kind, ErrorKind::kPermissionDenied);
}

}  // namespace
}  // namespace sluice::storage
