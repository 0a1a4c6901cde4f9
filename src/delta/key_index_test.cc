#include "delta/key_index.h"

#include <gtest/gtest.h>

#include <thread>

#include "delta/file_batch_builder.h"
#include "delta/file_key.h"

namespace sluice::delta {
namespace {

std::shared_ptr<const FileBatch> MakeBatch(int count) {
  FileBatchBuilder builder({});
  for (int i = 0; i < count; ++i) {
    AddFile add;
    add.path = fmt::format("file-{}", i);
    if (i % 3 == 0) add.deletion_vector = DeletionVector{'i', fmt::format("v{}", i), {}, 1, 1};
    EXPECT_TRUE(builder.Append(add));
  }
  return builder.Finish().value().at(0).files;
}

std::vector<std::int64_t> Find(const FileBatch& batch, const std::string& path,
                               const std::string& vector_id) {
  std::vector<std::int64_t> rows;
  const FileKeyView key{path, vector_id};
  batch.keys->Find(batch, key, HashOf(key), &rows);
  return rows;
}

TEST(KeyIndexTest, FindsEveryRowAndNothingElse) {
  for (const int count : {1, 2, 3, 5000, static_cast<int>(kMaxBatchRows)}) {
    const auto batch = MakeBatch(count);
    batch->keys->Build(*batch);
    for (int i = 0; i < count; ++i) {
      const auto path = fmt::format("file-{}", i);
      const std::string vector_id = i % 3 == 0 ? fmt::format("iv{}", i) : "";
      ASSERT_EQ(Find(*batch, path, vector_id), std::vector<std::int64_t>{i});
      ASSERT_TRUE(Find(*batch, path, "iother").empty());
    }
    EXPECT_TRUE(Find(*batch, "file-x", "").empty());
    EXPECT_LE(batch->keys->memory_bytes(), count * 6 + 16);
  }
}

TEST(KeyIndexTest, FindsAllRowsOfAKey) {
  FileBatchBuilder builder({});
  AddFile add;
  for (const char* path : {"a", "b", "a", "/x", "file:///x"}) {
    add.path = path;
    ASSERT_TRUE(builder.Append(add));
  }
  const auto batch = builder.Finish().value().at(0).files;
  batch->keys->Build(*batch);
  EXPECT_EQ(Find(*batch, "a", ""), (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(Find(*batch, "/x", ""), (std::vector<std::int64_t>{3, 4}));
}

TEST(KeyIndexTest, ManyThreadsBuildOne) {
  const auto batch = MakeBatch(20'000);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      batch->keys->Build(*batch);
      EXPECT_EQ(Find(*batch, "file-1", ""), std::vector<std::int64_t>{1});
    });
  }
}

}  // namespace
}  // namespace sluice::delta
