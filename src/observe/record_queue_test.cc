#include "observe/record_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace sluice::observe {
namespace {

using testing::ElementsAre;

AccessRecord Record(const std::string& id) {
  AccessRecord record;
  record.request_id = id;
  return record;
}

/// Where records go; a test opens and closes it.
class Store {
 public:
  Status Take(const std::vector<AccessRecord>& batch) {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    if (fails_ > 0) {
      --fails_;
      return Fail(ErrorKind::kUnavailable, "away");
    }
    sizes_.push_back(batch.size());
    for (const auto& record : batch) ids_.push_back(record.request_id);
    changed_.notify_all();
    return {};
  }
  void Set(bool open, int fails = 0) {
    const std::lock_guard lock(mutex_);
    open_ = open;
    fails_ = fails;
    changed_.notify_all();
  }
  void WaitForAsked(int times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_ >= times; });
  }
  void WaitForIds(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ids_.size() >= count; });
  }
  std::vector<std::string> ids() {
    const std::lock_guard lock(mutex_);
    return ids_;
  }
  std::vector<std::size_t> sizes() {
    const std::lock_guard lock(mutex_);
    return sizes_;
  }
  RecordQueueOptions Options() {
    RecordQueueOptions options;
    options.store = [this](const std::vector<AccessRecord>& batch) { return Take(batch); };
    options.retry_ms = 1;
    return options;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int fails_ = 0;
  int asked_ = 0;
  std::vector<std::string> ids_;
  std::vector<std::size_t> sizes_;
};

TEST(RecordQueue, StoresInOrderAndInBatches) {
  Store store;
  auto options = store.Options();
  options.max_batch = 2;
  store.Set(false);
  RecordQueue queue(options);
  queue.Write(Record("a"));
  store.WaitForAsked(1);
  for (const char* id : {"b", "c", "d"}) queue.Write(Record(id));
  EXPECT_EQ(queue.waiting(), 4U);
  store.Set(true);
  store.WaitForIds(4);
  EXPECT_THAT(store.ids(), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(store.sizes(), ElementsAre(1U, 2U, 1U));
  EXPECT_EQ(queue.lost(), 0U);
}

TEST(RecordQueue, NobodyWaitsForAStoreThatIsAway) {
  Store store;
  auto options = store.Options();
  options.max_records = 3;
  store.Set(false);
  RecordQueue queue(options);
  queue.Write(Record("a"));
  store.WaitForAsked(1);
  for (const char* id : {"b", "c", "d", "e"}) queue.Write(Record(id));
  EXPECT_EQ(queue.lost(), 2U);
  store.Set(true, 3);
  store.WaitForIds(3);
  EXPECT_THAT(store.ids(), ElementsAre("a", "b", "c"));
}

TEST(RecordQueue, WhatWaitsAtTheEndIsStored) {
  Store store;
  store.Set(false);
  auto queue = std::make_unique<RecordQueue>(store.Options());
  queue->Write(Record("a"));
  store.WaitForAsked(1);
  queue->Write(Record("b"));
  auto ended = std::async(std::launch::async, [&] { queue.reset(); });
  store.Set(true);
  ended.wait();
  EXPECT_THAT(store.ids(), ElementsAre("a", "b"));
}

TEST(RecordQueue, TheEndDoesNotWaitForAStoreThatIsAway) {
  Store store;
  store.Set(true, 1'000'000);
  auto options = store.Options();
  options.retry_ms = 3'600'000;
  RecordQueue queue(options);
  queue.Write(Record("a"));
  store.WaitForAsked(1);
  EXPECT_TRUE(store.ids().empty());
}

TEST(RecordQueue, IsTidiedAtOnceAndAgain) {
  std::promise<void> twice;
  Store store;
  auto options = store.Options();
  options.tidy_every_ms = 1;
  options.tidy = [&, times = 0]() mutable -> Status {
    if (++times == 2) twice.set_value();
    return Fail(ErrorKind::kUnavailable, "away");
  };
  RecordQueue queue(options);
  twice.get_future().wait();
}

}  // namespace
}  // namespace sluice::observe
