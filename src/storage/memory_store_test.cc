#include "storage/memory_store.h"

#include "storage/object_store_conformance.h"

namespace sluice::storage {
namespace {

struct MemoryFixture {
  static constexpr bool kKeepsTime = true;
  MemoryStore memory;
  ObjectStore& store() { return memory; }
  void Put(std::string_view key, std::string_view bytes, std::int64_t modified_ms) {
    const auto put = memory.Put(key, bytes, modified_ms);
    ASSERT_TRUE(put) << put.error().message;
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, ObjectStoreConformance, MemoryFixture);

TEST(MemoryStore, RemoveMakesAnObjectMissing) {
  MemoryStore store;
  ASSERT_TRUE(store.Put("a/b", "x", 0));
  EXPECT_TRUE(store.Remove("a/b"));
  EXPECT_EQ(store.Stat("a/b").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(store.Remove("a/b").error().kind, ErrorKind::kNotFound);
}

TEST(MemoryStore, BytesReadOutliveTheObject) {
  MemoryStore store;
  ASSERT_TRUE(store.Put("a", "first", 0));
  const auto read = store.Read("a", 10);
  const auto file = store.Open("a");
  ASSERT_TRUE(store.Put("a", "other", 0));
  ASSERT_TRUE(store.Remove("a"));
  EXPECT_EQ((*read)->ToString(), "first");
  EXPECT_EQ((*file)->ReadAt(0, 5).ValueOrDie()->ToString(), "first");
}

}  // namespace
}  // namespace sluice::storage
