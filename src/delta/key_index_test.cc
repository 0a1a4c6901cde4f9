#include "delta/key_index.h"

#include <gtest/gtest.h>

#include "delta/file_batch_builder.h"

namespace sluice::delta {
namespace {

void AppendBatch(int first, int count, std::vector<LiveBatch>* batches) {
  FileBatchBuilder builder({});
  for (int i = first; i < first + count; ++i) {
    AddFile add;
    add.path = fmt::format("file-{}", i);
    if (i % 3 == 0) add.deletion_vector = DeletionVector{'i', fmt::format("v{}", i), {}, 1, 1};
    ASSERT_TRUE(builder.Append(add));
  }
  auto built = builder.Finish();
  ASSERT_TRUE(built);
  batches->insert(batches->end(), built->begin(), built->end());
}

std::string VectorOf(int i) {
  return i % 3 == 0 ? fmt::format("iv{}", i) : "";
}

TEST(KeyIndexTest, FindsEveryRowAndNothingElseWhileBatchesGrow) {
  std::vector<LiveBatch> batches;
  AppendBatch(0, 5000, &batches);
  KeyIndex index(batches);
  int rows = 5000;
  for (const int count : {10, 3000, 20'000, 1}) {
    const auto first = batches.size();
    AppendBatch(rows, count, &batches);
    index.Insert(batches, first);
    rows += count;
  }
  for (int i = 0; i < rows; ++i) {
    const auto path = fmt::format("file-{}", i);
    const auto places = index.Find({path, VectorOf(i)}, batches);
    ASSERT_EQ(places.size(), 1) << path;
    EXPECT_EQ(batches[places[0].batch].files->Row(places[0].row).path, path);
    EXPECT_TRUE(index.Find({path, "iother"}, batches).empty());
  }
  EXPECT_TRUE(index.Find({"file-x", ""}, batches).empty());
}

TEST(KeyIndexTest, PassesOverRowsThatNoLongerLive) {
  std::vector<LiveBatch> batches;
  AppendBatch(0, 20, &batches);
  const KeyIndex index(batches);
  auto live = std::make_shared<std::vector<std::uint8_t>>(3, std::uint8_t{0xFF});
  (*live)[0] = 0xFD;  // Row 1 is gone.
  batches[0].live = live;
  batches[0].num_live = 19;
  EXPECT_TRUE(index.Find({"file-1", ""}, batches).empty());
  EXPECT_EQ(index.Find({"file-2", ""}, batches).size(), 1);
}

}  // namespace
}  // namespace sluice::delta
