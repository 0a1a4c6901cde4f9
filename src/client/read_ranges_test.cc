#include "client/read_ranges.h"

#include <gmock/gmock.h>

namespace sluice::client {
namespace {

using arrow::io::ReadRange;
using testing::ElementsAre;

constexpr std::int64_t kKiB = 1 << 10;
constexpr std::int64_t kMiB = 1 << 20;

TEST(ReadRanges, NeighboursBecomeOne) {
  EXPECT_THAT(Coalesced({{4, 100}, {104, 50}, {154, 1}}), ElementsAre(ReadRange{4, 151}));
  EXPECT_THAT(Coalesced({}), ElementsAre());
}

TEST(ReadRanges, SmallHolesAreFetchedToo) {
  EXPECT_THAT(Coalesced({{0, 100}, {60 * kKiB, 100}}), ElementsAre(ReadRange{0, 60 * kKiB + 100}));
  EXPECT_THAT(Coalesced({{0, 100}, {70 * kKiB, 100}}),
              ElementsAre(ReadRange{0, 100}, ReadRange{70 * kKiB, 100}));
}

TEST(ReadRanges, HolesTogetherStayBelowAnEighth) {
  // 3 MiB are needed, so 384 KiB may be fetched for nothing: the smaller hole, not both.
  const std::vector<ReadRange> needed = {
      {0, kMiB}, {kMiB + 300 * kKiB, kMiB}, {2 * kMiB + 500 * kKiB, kMiB}};
  EXPECT_THAT(Coalesced(needed),
              ElementsAre(needed[0], ReadRange{kMiB + 300 * kKiB, 2 * kMiB + 200 * kKiB}));
}

TEST(ReadRanges, NoneGetsTooLong) {
  const std::vector<ReadRange> needed = {{0, 30 * kMiB}, {30 * kMiB, kMiB}, {31 * kMiB, 2 * kMiB}};
  EXPECT_THAT(Coalesced(needed),
              ElementsAre(ReadRange{0, 31 * kMiB}, ReadRange{31 * kMiB, 2 * kMiB}));
}

TEST(ReadRanges, ContradictionsAreLeftToTheReader) {
  const std::vector<ReadRange> overlapping = {{0, 100}, {50, 100}};
  EXPECT_EQ(Coalesced(overlapping), overlapping);
  const std::vector<ReadRange> endless = {{0, 100}, {200, INT64_MAX}};
  EXPECT_EQ(Coalesced(endless), endless);
}

}  // namespace
}  // namespace sluice::client
