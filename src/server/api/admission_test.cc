#include "server/api/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::api {
namespace {

using testing::HasSubstr;

class SetClock : public Clock {
 public:
  std::int64_t NowMillis() const override { return now; }
  std::int64_t now = 1'000'000;
};

catalog::Recipient With(std::string name, std::optional<std::int64_t> per_minute,
                        std::optional<std::int64_t> at_once) {
  catalog::Recipient recipient{std::move(name), std::nullopt, std::nullopt};
  recipient.limits = {per_minute, at_once};
  return recipient;
}

TEST(Admission, CountsRequestsOfAMinute) {
  SetClock clock;
  Admission admission(&clock);
  const auto ann = With("ann", 6, std::nullopt);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(admission.Enter(ann).refused, "") << i;
  for (int i = 0; i < 3; ++i) {
    const auto refused = admission.Enter(ann);
    EXPECT_THAT(refused.refused, HasSubstr("6 requests a minute"));
    EXPECT_EQ(refused.retry_after_s, 10);
    EXPECT_EQ(refused.place.use_count(), 0);
  }
  EXPECT_EQ(admission.Enter(With("bob", 6, std::nullopt)).refused, "");
  clock.now += 9'001;
  EXPECT_EQ(admission.Enter(ann).retry_after_s, 1);
  clock.now += 1'000;
  EXPECT_EQ(admission.Enter(ann).refused, "");
  EXPECT_EQ(admission.Enter(ann).retry_after_s, 10);
  // No more than a minute's is saved up.
  clock.now += 3'600'000;
  for (int i = 0; i < 6; ++i) EXPECT_EQ(admission.Enter(ann).refused, "") << i;
  EXPECT_NE(admission.Enter(ann).refused, "");
  // A clock that goes back neither gives nor takes.
  clock.now -= 3'600'000;
  EXPECT_EQ(admission.Enter(ann).retry_after_s, 10);
}

TEST(Admission, CountsRequestsAtATime) {
  SetClock clock;
  Admission admission(&clock);
  const auto ann = With("ann", std::nullopt, 2);
  auto first = admission.Enter(ann);
  auto second = admission.Enter(ann);
  EXPECT_EQ(first.refused + second.refused, "");
  const auto third = admission.Enter(ann);
  EXPECT_THAT(third.refused, HasSubstr("2 requests at a time"));
  EXPECT_EQ(third.retry_after_s, 1);
  EXPECT_EQ(admission.Enter(With("bob", std::nullopt, 2)).refused, "");
  second.place.reset();
  second = admission.Enter(ann);
  EXPECT_EQ(second.refused, "");
  EXPECT_NE(admission.Enter(ann).refused, "");
}

TEST(Admission, ARequestThatHasNoPlaceCostsNothingOfTheMinute) {
  SetClock clock;
  Admission admission(&clock);
  const auto ann = With("ann", 2, 1);
  auto first = admission.Enter(ann);
  for (int i = 0; i < 10; ++i) EXPECT_THAT(admission.Enter(ann).refused, HasSubstr("at a time"));
  first.place.reset();
  EXPECT_EQ(admission.Enter(ann).refused, "");
  EXPECT_THAT(admission.Enter(ann).refused, HasSubstr("a minute"));
}

TEST(Admission, LimitsMayChange) {
  SetClock clock;
  Admission admission(&clock);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(admission.Enter(With("ann", {}, {})).refused, "");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(admission.Enter(With("ann", 1000, {})).refused, "");
  EXPECT_EQ(admission.Enter(With("ann", 1, {})).refused, "");
  EXPECT_EQ(admission.Enter(With("ann", 1, {})).retry_after_s, 60);
}

TEST(Admission, APlaceMayOutliveIt) {
  SetClock clock;
  auto admission = std::make_unique<Admission>(&clock);
  const auto place = admission->Enter(With("ann", {}, 1));
  admission.reset();
  EXPECT_NE(place.place.use_count(), 0);
}

}  // namespace
}  // namespace sluice::api
