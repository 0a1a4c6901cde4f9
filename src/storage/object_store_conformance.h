// What every ObjectStore must do, as a typed suite. A test names a fixture type with
//
//   ObjectStore& store();                                     // empty at first
//   void Put(key, bytes, modified_ms);                        // create or replace
//   static constexpr bool kKeepsTime;                         // modified_ms comes back as given
//
// and says INSTANTIATE_TYPED_TEST_SUITE_P(Memory, ObjectStoreConformance, MemoryFixture);
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "storage/object_store.h"

namespace sluice::storage {

template <typename Fixture>
class ObjectStoreConformance : public ::testing::Test {
 protected:
  void Put(std::string_view key, std::string_view bytes = "x", std::int64_t modified_ms = 1) {
    fixture_.Put(key, bytes, modified_ms);
  }
  ObjectStore& store() { return fixture_.store(); }

  /// The keys of a listing, joined by spaces, or the kind of its error.
  std::string Keys(std::string_view prefix, std::string_view start_after = "") {
    const auto listed = store().List(prefix, start_after);
    if (!listed) return "error " + std::string(KindName(listed.error().kind));
    std::string out;
    for (const auto& meta : *listed) out += (out.empty() ? "" : " ") + meta.key;
    return out;
  }

  /// The same of all folders below, joined by '|'.
  std::string Tree(std::string_view prefix) {
    const auto listed = store().ListTree(prefix);
    if (!listed) return "error " + std::string(KindName(listed.error().kind));
    std::string out;
    for (const auto& meta : *listed) out += (out.empty() ? "" : "|") + meta.key;
    return out;
  }

  Fixture fixture_;
};

TYPED_TEST_SUITE_P(ObjectStoreConformance);

TYPED_TEST_P(ObjectStoreConformance, ReadsBackWhatWasPut) {
  const std::string bytes("a\0b\xFF", 4);
  this->Put("folder/object", bytes, 1'600'000'000'123);
  const auto read = this->store().Read("folder/object", 4);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)->ToString(), bytes);
  const auto stat = this->store().Stat("folder/object");
  ASSERT_TRUE(stat) << stat.error().message;
  EXPECT_EQ(stat->key, "folder/object");
  EXPECT_EQ(stat->size, 4);
  if (TypeParam::kKeepsTime) {
    EXPECT_EQ(stat->modified_ms, 1'600'000'000'123);
  }
}

TYPED_TEST_P(ObjectStoreConformance, ReplacingShowsTheNewBytes) {
  this->Put("a", "first");
  this->Put("a", "second one");
  EXPECT_EQ((*this->store().Read("a", 100))->ToString(), "second one");
  EXPECT_EQ(this->store().Stat("a")->size, 10);
}

TYPED_TEST_P(ObjectStoreConformance, ReadIsBounded) {
  this->Put("a", "12345");
  const auto read = this->store().Read("a", 4);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kTooLarge);
  EXPECT_TRUE(this->store().Read("a", 5));
  this->Put("empty", "");
  const auto empty = this->store().Read("empty", 0);
  ASSERT_TRUE(empty);
  EXPECT_EQ((*empty)->size(), 0);
}

TYPED_TEST_P(ObjectStoreConformance, OpenReadsRanges) {
  this->Put("a", "0123456789");
  const auto file = this->store().Open("a");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ((*file)->GetSize().ValueOrDie(), 10);
  EXPECT_EQ((*file)->ReadAt(3, 4).ValueOrDie()->ToString(), "3456");
  EXPECT_EQ((*file)->ReadAt(8, 4).ValueOrDie()->ToString(), "89");
  EXPECT_EQ((*file)->ReadAt(0, 1).ValueOrDie()->ToString(), "0");
}

TYPED_TEST_P(ObjectStoreConformance, MissingObjectsAreNotFound) {
  this->Put("folder/object");
  for (const char* key : {"nothing", "folder", "folder/other", "folder/object/below", "x/y/z"}) {
    EXPECT_EQ(this->store().Stat(key).error().kind, ErrorKind::kNotFound) << key;
    EXPECT_EQ(this->store().Read(key, 9).error().kind, ErrorKind::kNotFound) << key;
    EXPECT_EQ(this->store().Open(key).error().kind, ErrorKind::kNotFound) << key;
  }
}

TYPED_TEST_P(ObjectStoreConformance, BadKeysAreRefused) {
  const std::string too_long(5000, 'k');
  const std::vector<std::string> bad = {
      "",      "/",    "/a",   "a/",     "a//b",  ".",     "..",
      "a/.",   "a/..", "../a", "a/../b", "a/./b", "\xFFx", std::string("a\0b", 3),
      too_long};
  for (const auto& key : bad) {
    EXPECT_EQ(this->store().Stat(key).error().kind, ErrorKind::kInvalidArgument) << key;
    EXPECT_EQ(this->store().Read(key, 9).error().kind, ErrorKind::kInvalidArgument) << key;
    EXPECT_EQ(this->store().Open(key).error().kind, ErrorKind::kInvalidArgument) << key;
  }
  for (const char* prefix : {"/", "../", "a/../", "a//", "./x", "../../etc/pass"}) {
    EXPECT_EQ(this->Keys(prefix), "error invalid_argument") << prefix;
  }
}

TYPED_TEST_P(ObjectStoreConformance, OddNamesAreNames) {
  for (const char* key : {"a b", "a%20b", "...", "..a", "a=b/c+d", "\xC3\xA9/\xE2\x82\xAC", "a\\b",
                          "a?b#c", "line\nbreak"}) {
    this->Put(key, key);
    const auto read = this->store().Read(key, 100);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ((*read)->ToString(), key);
  }
}

TYPED_TEST_P(ObjectStoreConformance, ListsInByteOrderOfKeys) {
  for (const char* key :
       {"f/b", "f/a", "f/a.x", "f/B", "f/a0", "f/\xC3\xA9", "f/~", "f/10", "f/9"}) {
    this->Put(key, "xy", 5'000);
  }
  EXPECT_EQ(this->Keys("f/"), "f/10 f/9 f/B f/a f/a.x f/a0 f/b f/~ f/\xC3\xA9");
  const auto listed = this->store().List("f/", "");
  EXPECT_EQ(listed->front().size, 2);
  if (TypeParam::kKeepsTime) {
    EXPECT_EQ(listed->front().modified_ms, 5'000);
  }
}

TYPED_TEST_P(ObjectStoreConformance, PrefixIsPlainText) {
  for (const char* key : {"_delta_log/00000.json", "_delta_log/00001.json", "_delta_log/_last",
                          "_delta_log/00010.json", "_delta_logs/00000.json", "_delta"}) {
    this->Put(key);
  }
  EXPECT_EQ(this->Keys("_delta_log/0000"), "_delta_log/00000.json _delta_log/00001.json");
  EXPECT_EQ(this->Keys("_delta_log/_last"), "_delta_log/_last");
  EXPECT_EQ(this->Keys("_delta_log/9"), "");
  EXPECT_EQ(this->Keys("_del"), "_delta");
  EXPECT_EQ(this->Keys(""), "_delta");
}

TYPED_TEST_P(ObjectStoreConformance, DeeperFoldersAreNotEntered) {
  for (const char* key : {"a", "b/c", "b/d/e", "b/d/f/g"}) this->Put(key);
  EXPECT_EQ(this->Keys(""), "a");
  EXPECT_EQ(this->Keys("b/"), "b/c");
  EXPECT_EQ(this->Keys("b/d/"), "b/d/e");
  EXPECT_EQ(this->Keys("b"), "");
}

TYPED_TEST_P(ObjectStoreConformance, TreesAreListedWhole) {
  for (const char* key : {"b/d/f/g", "a", "b/c", "b.c/x", "b/d/e", "b0", "b/d=%2F x+y/e"}) {
    this->Put(key, "xyz", 5'000);
  }
  EXPECT_EQ(this->Tree(""), "a|b.c/x|b/c|b/d/e|b/d/f/g|b/d=%2F x+y/e|b0");
  EXPECT_EQ(this->Tree("b"), "b.c/x|b/c|b/d/e|b/d/f/g|b/d=%2F x+y/e|b0");
  EXPECT_EQ(this->Tree("b/"), "b/c|b/d/e|b/d/f/g|b/d=%2F x+y/e");
  EXPECT_EQ(this->Tree("b/d/"), "b/d/e|b/d/f/g");
  EXPECT_EQ(this->Tree("b/d/f/g"), "b/d/f/g");
  EXPECT_EQ(this->Tree("none/"), "");
  EXPECT_EQ(this->Tree("a/"), "");
  EXPECT_EQ(this->Tree("../"), "error invalid_argument");
  const auto listed = this->store().ListTree("b/d/e");
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().size, 3);
  if (TypeParam::kKeepsTime) {
    EXPECT_EQ(listed->front().modified_ms, 5'000);
  }
}

TYPED_TEST_P(ObjectStoreConformance, RangesOfTreesAreExclusiveAndInclusive) {
  for (const char* key : {"t/a", "t/b/1", "t/b/2", "t/c+d e", "t/e", "u"}) this->Put(key);
  const auto range = [&](std::string_view after, std::string_view through) {
    const auto listed = this->store().ListRange("t/", {after, through});
    std::string out = listed ? "" : listed.error().message;
    for (const auto& meta : listed.value_or(std::vector<ObjectMeta>())) {
      out += (out.empty() ? "" : "|") + meta.key;
    }
    return out;
  };
  EXPECT_EQ(range("", ""), "t/a|t/b/1|t/b/2|t/c+d e|t/e");
  EXPECT_EQ(range("t/a", "t/c+d e"), "t/b/1|t/b/2|t/c+d e");
  EXPECT_EQ(range("t/b", "t/b/1~"), "t/b/1");
  EXPECT_EQ(range("", "t/b/1"), "t/a|t/b/1");
  EXPECT_EQ(range("t/c+d e", ""), "t/e");
  EXPECT_EQ(range("t/e", "u"), "");
  EXPECT_EQ(range("a", "b"), "");
}

TYPED_TEST_P(ObjectStoreConformance, FoldersAreShownAndNotEntered) {
  for (const char* key : {"a", "b/c", "b/d e/f", "b/d e/g", "b/d+%20/h/i", "b/Ã©/x", "ba/x"}) {
    this->Put(key);
  }
  const auto shown = [&](std::string_view prefix) {
    const auto listed = this->store().ListFolder(prefix);
    if (!listed) return "error " + std::string(KindName(listed.error().kind));
    std::string out;
    for (const auto& meta : listed->objects) out += meta.key + "|";
    for (const auto& folder : listed->folders) out += folder + "/|";
    return out;
  };
  EXPECT_EQ(shown(""), "a|b/|ba/|");
  EXPECT_EQ(shown("b"), "b/|ba/|");
  EXPECT_EQ(shown("b/"), "b/c|b/d e/|b/d+%20/|b/Ã©/|");
  EXPECT_EQ(shown("b/d"), "b/d e/|b/d+%20/|");
  EXPECT_EQ(shown("b/d e/"), "b/d e/f|b/d e/g|");
  EXPECT_EQ(shown("none/"), "");
  EXPECT_EQ(shown("../"), "error invalid_argument");
}

TYPED_TEST_P(ObjectStoreConformance, StartAfterIsExclusiveAndNeedNotExist) {
  for (const char* key : {"f/1", "f/2", "f/3"}) this->Put(key);
  EXPECT_EQ(this->Keys("f/", "f/1"), "f/2 f/3");
  EXPECT_EQ(this->Keys("f/", "f/10"), "f/2 f/3");
  EXPECT_EQ(this->Keys("f/", "f/3"), "");
  EXPECT_EQ(this->Keys("f/", "a"), "f/1 f/2 f/3");
  EXPECT_EQ(this->Keys("f/", "g"), "");
}

TYPED_TEST_P(ObjectStoreConformance, MissingFoldersListAsEmpty) {
  this->Put("object");
  EXPECT_EQ(this->Keys("none/"), "");
  EXPECT_EQ(this->Keys("none/below/x"), "");
  EXPECT_EQ(this->Keys("object/"), "");
}

TYPED_TEST_P(ObjectStoreConformance, AnyMethodFromAnyThread) {
  for (int i = 0; i < 10; ++i) this->Put("f/" + std::to_string(i), "value");
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const std::string key = "f/" + std::to_string(i % 10);
        const auto listed = this->store().List("f/", "");
        const auto read = this->store().Read(key, 10);
        if (!listed || listed->size() != 10 || !read || !this->store().Stat(key) ||
            !this->store().Open(key)) {
          ++failures;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

REGISTER_TYPED_TEST_SUITE_P(ObjectStoreConformance, ReadsBackWhatWasPut, ReplacingShowsTheNewBytes,
                            ReadIsBounded, OpenReadsRanges, MissingObjectsAreNotFound,
                            BadKeysAreRefused, OddNamesAreNames, ListsInByteOrderOfKeys,
                            PrefixIsPlainText, DeeperFoldersAreNotEntered, TreesAreListedWhole,
                            RangesOfTreesAreExclusiveAndInclusive, FoldersAreShownAndNotEntered,
                            StartAfterIsExclusiveAndNeedNotExist, MissingFoldersListAsEmpty,
                            AnyMethodFromAnyThread);

}  // namespace sluice::storage
