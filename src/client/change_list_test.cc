#include "client/change_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

protocol::File Added(const std::string& id, std::int64_t version) {
  protocol::File file;
  file.kind = protocol::FileKind::kAdd;
  file.id = id;
  file.version = version;
  file.timestamp_ms = 0;
  return file;
}

struct Collected {
  std::vector<std::string> ids;
  ChangeList list;

  explicit Collected(ChangeListOptions options)
      : list(options, [this](ListedChange change) -> Status {
          ids.push_back(change.file.id);
          return {};
        }) {}
};

ChangeListOptions Holding(std::size_t files) {
  ChangeListOptions options;
  options.last_version = 100;
  options.max_waiting = files;
  return options;
}

TEST(ChangeListTest, GivesWholeVersionsOfALongListing) {
  Collected changes(Holding(2));
  for (const auto& [id, version] :
       std::vector<std::pair<std::string, int>>{{"a", 1}, {"b", 1}, {"c", 1}, {"d", 2}}) {
    ASSERT_TRUE(changes.list.Add(Added(id, version)));
    EXPECT_EQ(changes.ids.empty(), id != "d");
  }
  EXPECT_THAT(changes.ids, ElementsAre("a", "b", "c"));
  const Status late = changes.list.Add(Added("late", 1));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(late.error().message, HasSubstr("fewer versions"));
}

TEST(ChangeListTest, HoldsALongListingThatIsOutOfOrder) {
  Collected changes(Holding(2));
  for (int version = 20; version > 0; --version) {
    ASSERT_TRUE(changes.list.Add(Added("f" + std::to_string(version), version)));
  }
  EXPECT_TRUE(changes.ids.empty());
  ASSERT_TRUE(changes.list.Finish());
  ASSERT_EQ(changes.ids.size(), 20);
  EXPECT_EQ(changes.ids.front(), "f1");
  EXPECT_EQ(changes.ids.back(), "f20");
}

TEST(ChangeListTest, DoesNotHoldWithoutBound) {
  ChangeListOptions options = Holding(1000);
  options.max_bytes = 100'000;
  Collected changes(options);
  Status status;
  for (int i = 0; status && i < 1000; ++i) {
    status = changes.list.Add(Added(std::string(1000, 'x') + std::to_string(i), 1));
  }
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kTooLarge);
}

TEST(ChangeListTest, OfAFileListedTwiceTheLastCounts) {
  Collected changes(Holding(10));
  for (const char* id : {"a", "b", "a"}) ASSERT_TRUE(changes.list.Add(Added(id, 1)));
  ASSERT_TRUE(changes.list.Finish());
  EXPECT_THAT(changes.ids, ElementsAre("b", "a"));
}

}  // namespace
}  // namespace sluice::client
