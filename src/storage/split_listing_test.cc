#include "storage/split_listing.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "storage/memory_store.h"

namespace sluice::storage {
namespace {

std::vector<std::string> KeysOf(const std::vector<ObjectMeta>& listing) {
  std::vector<std::string> keys;
  for (const auto& object : listing) keys.push_back(object.key);
  return keys;
}

/// A key below "t/" or beside it, mostly near others, also before and behind all of them.
std::string AnyKey(std::mt19937& random) {
  static const std::vector<std::string> folders = {"t/",    "t/p=1/", "t/p=10/", "t/p=2/x/",
                                                   "t/~z/", "s/",     "u/",      "t."};
  const std::string& folder = folders[random() % folders.size()];
  return folder + std::to_string(random() % 4000) + (random() % 2 == 0 ? "" : ".parquet");
}

TEST(SplitListing, IsTheWholeListingWhateverCameAndWentSince) {
  std::mt19937 random(20'261'129);
  MemoryStore store;
  for (int i = 0; i < 6'000; ++i) ASSERT_TRUE(store.Put(AnyKey(random), "x", i));
  auto known = store.ListTree("t/").value();
  for (int round = 0; round < 30; ++round) {
    const auto splits = SplitKeys(store, known);
    ASSERT_GE(splits.size(), 2U);
    for (int i = 0; i < 400; ++i) {
      ASSERT_TRUE(store.Put(AnyKey(random), "new", round));
      const auto& gone = known[random() % known.size()].key;
      if (random() % 2 == 0) (void)store.Remove(gone);
    }
    // Also what the splits themselves are.
    if (round % 3 == 0) (void)store.Remove(splits[random() % splits.size()]);
    const auto whole = store.ListTree("t/").value();
    const auto split = ListTreeSplit(store, "t/", splits);
    ASSERT_TRUE(split) << split.error().message;
    ASSERT_EQ(KeysOf(*split), KeysOf(whole)) << round;
    known = *split;
  }
}

TEST(SplitListing, ARangeOfAFewThousandIsOfAFewPages) {
  MemoryStore store;
  std::vector<ObjectMeta> known(10'000);
  for (int i = 0; i < 10'000; ++i) known[i].key = "k" + std::to_string(10'000 + i);
  const auto splits = SplitKeys(store, known);
  EXPECT_EQ(splits.size(), 12U);
  EXPECT_TRUE(std::is_sorted(splits.begin(), splits.end()));
  known.resize(800);
  EXPECT_TRUE(SplitKeys(store, known).empty());
}

/// Fails for the range that begins with a key.
class Failing final : public MemoryStore {
 public:
  Result<std::vector<ObjectMeta>> ListRange(std::string_view prefix,
                                            const KeyRange& range) const override {
    if (range.after == "b") return Fail(ErrorKind::kUnavailable, "not now");
    return MemoryStore::ListRange(prefix, range);
  }
};

TEST(SplitListing, ARangeThatFailsFailsTheListing) {
  Failing store;
  for (const char* key : {"a", "b", "c", "d"}) ASSERT_TRUE(store.Put(key, "x", 1));
  EXPECT_EQ(ListTreeSplit(store, "", {"b", "c"}).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(KeysOf(ListTreeSplit(store, "", {"a", "c"}).value()),
            (std::vector<std::string>{"a", "b", "c", "d"}));
}

}  // namespace
}  // namespace sluice::storage
