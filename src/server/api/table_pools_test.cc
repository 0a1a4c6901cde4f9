#include "server/api/table_pools.h"

#include <gtest/gtest.h>

#include <future>
#include <set>

namespace sluice::api {
namespace {

TablePool* PoolOf(TablePools& pools, std::string_view location) {
  return &pools.For(storage::ParseLocation(location).value());
}

TEST(TablePools, FoldersOfAStoreShareThreadsAndStoresDoNot) {
  TablePools pools(1);
  EXPECT_EQ(PoolOf(pools, "/data"), &pools.local());
  TablePool* const bucket = PoolOf(pools, "s3://bucket/a");
  EXPECT_NE(bucket, &pools.local());
  EXPECT_EQ(PoolOf(pools, "s3a://bucket/b/c"), bucket);
  EXPECT_EQ(PoolOf(pools, "s3://bucket"), bucket);
  EXPECT_NE(PoolOf(pools, "s3://other/a"), bucket);
  EXPECT_NE(PoolOf(pools, "gs://bucket/a"), bucket);
  EXPECT_NE(PoolOf(pools, "abfss://box@one.dfs.core.windows.net/a"),
            PoolOf(pools, "abfss://box@two.dfs.core.windows.net/a"));
}

TEST(TablePools, AStoreThatHangsHoldsUpNoOther) {
  TablePools pools(1);
  std::promise<void> answer;
  PoolOf(pools, "s3://hangs/t")->threads.Submit([hung = answer.get_future().share()] {
    hung.wait();
  });
  std::promise<void> done;
  PoolOf(pools, "s3://works/t")->threads.Submit([&] { done.set_value(); });
  done.get_future().wait();
  answer.set_value();
}

TEST(TablePools, ThreadsAreBoundedHoweverManyStoresThereAre) {
  TablePools pools(1);
  std::set<TablePool*> different;
  for (int i = 0; i < 100; ++i) different.insert(PoolOf(pools, fmt::format("s3://bucket{}", i)));
  EXPECT_EQ(different.size(), 32U);
  EXPECT_EQ(PoolOf(pools, "s3://bucket40"), PoolOf(pools, "s3://bucket8"));
}

}  // namespace
}  // namespace sluice::api
