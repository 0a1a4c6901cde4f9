#include "delta/features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delta/log_test_util.h"
#include "delta/table.h"

namespace sluice::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Protocol WithFeatures(std::vector<std::string> features) {
  return Protocol{3, 7, features, features};
}

TEST(CheckReadableTest, RefusesUnknownFeaturesByName) {
  EXPECT_TRUE(CheckReadable(Protocol{}));
  EXPECT_TRUE(CheckReadable(Protocol{2, 5, {}, {}}));
  EXPECT_TRUE(CheckReadable(WithFeatures({"deletionVectors", "v2Checkpoint", "variantType"})));
  const auto refused = CheckReadable(WithFeatures({"deletionVectors", "catalogManaged"}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("catalogManaged"));
  EXPECT_EQ(CheckReadable(Protocol{4, 7, {}, {}}).error().kind, ErrorKind::kUnsupported);
}

TEST(CheckReadableTest, RefusesProtocolsThatContradictThemselves) {
  EXPECT_EQ(CheckReadable(Protocol{3, 7, {}, {}}).error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(CheckReadable(Protocol{0, 2, {}, {}}).error().kind, ErrorKind::kCorrupt);
  Protocol listed = WithFeatures({"columnMapping"});
  listed.min_reader_version = 2;
  EXPECT_EQ(CheckReadable(listed).error().kind, ErrorKind::kCorrupt);
}

TEST(ListedReaderFeaturesTest, LeavesOutWhatConcernsTheLog) {
  EXPECT_THAT(ListedReaderFeatures(Protocol{}), IsEmpty());
  EXPECT_THAT(ListedReaderFeatures(Protocol{2, 5, {}, {}}), ElementsAre("columnMapping"));
  EXPECT_THAT(ListedReaderFeatures(WithFeatures(
                  {"v2Checkpoint", "timestampNtz", "vacuumProtocolCheck", "variantType-preview"})),
              ElementsAre("timestampNtz", "variantType-preview"));
}

TEST(UsedReaderFeaturesTest, OnlyWhatLiveFilesAndSchemaNeed) {
  testing::TestLog log;
  log.Commit(0, {R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":)"
                 R"(["deletionVectors","timestampNtz","columnMapping"],"writerFeatures":[]}})",
                 testing::MetadataLine(), testing::AddLine("a")});
  const auto table = Table::Make(log.store, {});
  EXPECT_THAT(UsedReaderFeatures(*table->Latest().value()), IsEmpty());
  log.Commit(1, {testing::RemoveLine("a"), testing::AddLine("a", {.vector = "v"})});
  EXPECT_THAT(UsedReaderFeatures(*table->Latest().value()), ElementsAre("deletionVectors"));
  log.Commit(2, {testing::RemoveLine("a", "v")});
  EXPECT_THAT(UsedReaderFeatures(*table->Latest().value()), IsEmpty());
}

}  // namespace
}  // namespace sluice::delta
