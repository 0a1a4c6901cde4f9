#include "net/retry.h"

#include <gtest/gtest.h>

namespace sluice::net {
namespace {

TEST(RetryAfter, SecondsOrDate) {
  EXPECT_EQ(ParseRetryAfter("0", 0), 0);
  EXPECT_EQ(ParseRetryAfter("120", 0), 120'000);
  EXPECT_EQ(ParseRetryAfter("Wed, 21 Oct 2015 07:28:00 GMT", 1'445'412'470), 10'000);
  EXPECT_EQ(ParseRetryAfter("Wed, 21 Oct 2015 07:28:00 GMT", 1'545'412'470), 0);
}

TEST(RetryAfter, HostileValuesAreBoundedOrIgnored) {
  EXPECT_EQ(ParseRetryAfter("9223372036854775807", 0), 86'400'000);
  EXPECT_EQ(ParseRetryAfter("-5", 0), 0);
  EXPECT_EQ(ParseRetryAfter("Wed, 21 Oct 2199 07:28:00 GMT", 0), 86'400'000);
  for (const char* text : {"", "soon", "99999999999999999999", "1.5"}) {
    EXPECT_EQ(ParseRetryAfter(text, 0), std::nullopt) << text;
  }
}

TEST(Backoff, DoublesUpToHalfAMinuteLessUpToAQuarter) {
  for (int retry = 1; retry < 100; ++retry) {
    const std::int64_t nominal = retry > 9 ? 30'000 : std::int64_t{100} << (retry - 1);
    const std::int64_t pause = BackoffMillis(100, retry);
    EXPECT_GE(pause, nominal - nominal / 4);
    EXPECT_LE(pause, nominal);
  }
  EXPECT_EQ(BackoffMillis(0, 5), 0);
  EXPECT_LE(BackoffMillis(1'000'000, 50), 30'000);
}

TEST(Backoff, TenRetriesOutlastARestart) {
  std::int64_t waited = 0;
  for (int retry = 1; retry <= 10; ++retry) waited += BackoffMillis(100, retry);
  EXPECT_GE(waited, 60'000);
  EXPECT_LE(waited, 100'000);
}

TEST(Pause, EndsWhenCancelled) {
  int asked = 0;
  const std::int64_t begin = SteadyMillis();
  const Status status = Pause(60'000, [&asked] { return ++asked == 2; });
  EXPECT_EQ(status.error().kind, ErrorKind::kCancelled);
  EXPECT_LT(SteadyMillis() - begin, 10'000);
  EXPECT_TRUE(Pause(0, {}));
}

}  // namespace
}  // namespace sluice::net
