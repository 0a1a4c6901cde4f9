#include "client/scan_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <thread>

#include "client/data_file_fixture.h"

namespace sluice::client {
namespace {

constexpr int kFiles = 12;
constexpr int kGroups = 5;
constexpr std::int64_t kGroupRows = 100;
constexpr std::int64_t kRows = kFiles * kGroups * kGroupRows;

/// Files of one column `id`, which counts their rows.
class Files {
 public:
  Files() {
    plan_ = MakeScanPlan(Described({FieldJson("id", Named("long"))}), {}).value();
    for (int i = 0; i < kFiles; ++i) bytes_.push_back(MakeFile(i * kGroups * kGroupRows));
  }

  DataFile Open(const std::string& key) const {
    const std::string& bytes = bytes_[static_cast<std::size_t>(std::stoi(key))];
    DataFileRequest request;
    request.plan = plan_;
    request.size = static_cast<std::int64_t>(bytes.size());
    request.fetch = [&bytes](std::int64_t begin, std::int64_t length) {
      return Result<std::shared_ptr<arrow::Buffer>>(arrow::Buffer::FromString(
          bytes.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(length))));
    };
    return DataFile::Open(std::move(request)).value();
  }

 private:
  static std::string MakeFile(std::int64_t first) {
    arrow::Int64Builder ids;
    for (std::int64_t i = 0; i < kGroups * kGroupRows; ++i) EXPECT_TRUE(ids.Append(first + i).ok());
    const auto table = arrow::Table::Make(arrow::schema({arrow::field("id", arrow::int64())}),
                                          {ids.Finish().ValueOrDie()});
    return ParquetBytes(table, {.group_rows = kGroupRows});
  }

  std::shared_ptr<const ScanPlan> plan_;
  std::vector<std::string> bytes_;
};

/// What threads hold, counted by them, and the most of it.
class Tally {
 public:
  void Add(std::int64_t bytes) {
    const std::int64_t now = held_.fetch_add(bytes) + bytes;
    for (std::int64_t most = most_; now > most && !most_.compare_exchange_weak(most, now);) {
    }
  }
  std::int64_t most() const { return most_; }

 private:
  std::atomic<std::int64_t> held_{0};
  std::atomic<std::int64_t> most_{0};
};

/// The threads of a scan around a window.
struct Workers {
  const Files& files;
  ScanWindow& window;
  Tally fetched = {};
  Tally decoded = {};

  void Fetch() {
    while (const auto job = window.TakeJob()) {
      if (!job->unit) {
        window.FinishOpening(job->file, files.Open(job->file->task.key));
        continue;
      }
      fetched.Add(job->file->file->units()[*job->unit].fetch_bytes);
      UnitReader reader = job->file->file->Read(*job->unit, kGroupRows / 4);
      ASSERT_TRUE(reader.Start());
      window.FinishFetching(*job, std::move(reader));
    }
  }
  void Decode() {
    while (auto decoding = window.TakeDecoding()) {
      auto batch = decoding->reader.Next();
      ASSERT_TRUE(batch);
      if (*batch != nullptr) {
        decoded.Add(8 * (*batch)->num_rows());
        window.Push(*std::move(decoding), *std::move(batch));
        continue;
      }
      const ScanWindow::Job job = decoding->job;
      fetched.Add(-job.file->file->units()[*job.unit].fetch_bytes);
      window.FinishUnit(job, {});
    }
  }
  std::vector<std::int64_t> TakeAll() {
    std::vector<std::int64_t> ids;
    for (;;) {
      const auto batch = window.Take();
      EXPECT_TRUE(batch);
      if (!batch || *batch == nullptr) return ids;
      const auto column = std::static_pointer_cast<arrow::Int64Array>((*batch)->column(0));
      for (std::int64_t i = 0; i < column->length(); ++i) ids.push_back(column->Value(i));
      decoded.Add(-8 * column->length());
    }
  }
};

void List(ScanWindow* window) {
  for (int i = 0; i < kFiles; ++i) {
    FileTask task;
    task.key = std::to_string(i);
    window->AddFile(std::move(task));
  }
  window->FinishListing({});
}

class ScanWindowTest : public ::testing::TestWithParam<bool> {};

TEST_P(ScanWindowTest, GivesEveryRowWithinItsBudget) {
  const Files files;
  const DataFile one = files.Open("0");
  const std::int64_t unit = one.units()[0].decoded_bytes;
  const std::int64_t fetch = one.units()[0].fetch_bytes;
  // The first holds less than a unit, so that only what is waited for comes.
  for (const std::int64_t budget : {unit / 2, 4 * (unit + fetch)}) {
    ScanWindow window({.memory_budget = budget, .max_open_files = 6, .keep_order = GetParam()});
    Workers workers{files, window};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { workers.Fetch(); });
    for (int i = 0; i < 3; ++i) threads.emplace_back([&] { workers.Decode(); });
    List(&window);
    std::vector<std::int64_t> ids = workers.TakeAll();
    for (std::thread& thread : threads) thread.join();

    if (!GetParam()) std::sort(ids.begin(), ids.end());
    std::vector<std::int64_t> expected(kRows);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(ids, expected);
    EXPECT_EQ(window.files_done(), kFiles);
    // Beyond it only the unit that is next, and what was taken and not yet counted as such.
    EXPECT_LE(workers.fetched.most(), budget / 2 + fetch);
    EXPECT_LE(workers.decoded.most(), budget + 2 * unit);
  }
}

TEST_P(ScanWindowTest, WhatFailsComesAfterWhatIsBeforeIt) {
  const Files files;
  ScanWindow window({.memory_budget = 1 << 20, .max_open_files = 1, .keep_order = GetParam()});
  List(&window);
  auto job = window.TakeJob();
  window.FinishOpening(job->file, files.Open("0"));
  for (int i = 0; i < 2; ++i) {
    job = window.TakeJob();
    ASSERT_EQ(job->unit, static_cast<std::size_t>(i));
    if (i == 1) {
      window.FinishUnit(*job, Fail(ErrorKind::kCorrupt, "the second"));
      continue;
    }
    UnitReader reader = job->file->file->Read(*job->unit, kGroupRows);
    ASSERT_TRUE(reader.Start());
    window.FinishFetching(*job, std::move(reader));
  }
  auto decoding = window.TakeDecoding();
  auto batch = decoding->reader.Next();
  window.Push(*std::move(decoding), *std::move(batch));
  const auto first = window.Take();
  ASSERT_TRUE(first);
  EXPECT_EQ((*first)->num_rows(), kGroupRows);
  window.FinishUnit(window.TakeDecoding()->job, {});
  const auto second = window.Take();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, "the second");
}

TEST_P(ScanWindowTest, StoppedItHoldsNobodyUp) {
  const Files files;
  ScanWindow window({.memory_budget = 1, .max_open_files = 1, .keep_order = GetParam()});
  std::vector<std::thread> threads;
  threads.emplace_back([&] { EXPECT_FALSE(window.TakeJob()); });
  threads.emplace_back([&] { EXPECT_FALSE(window.TakeDecoding()); });
  threads.emplace_back([&] { EXPECT_EQ(window.Take().error().kind, ErrorKind::kCancelled); });
  window.Stop({ErrorKind::kCancelled, "enough"});
  window.Stop({ErrorKind::kInternal, "too late"});
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(window.AddFile({}));
}

INSTANTIATE_TEST_SUITE_P(Orders, ScanWindowTest, ::testing::Values(true, false),
                         [](const auto& order) { return order.param ? "InOrder" : "AsTheyCome"; });

}  // namespace
}  // namespace sluice::client
