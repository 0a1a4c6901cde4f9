#include "server/jobs/job_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <thread>

#include "base/encoding.h"
#include "base/hash.h"

namespace sluice::jobs {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kDay = 86'400'000;

class JobStoreTest : public testing::Test {
 protected:
  JobStoreTest() {
    folder_ = std::filesystem::temp_directory_path() / ("sluice-jobs-" + HexEncode(RandomBytes(8)));
    std::filesystem::create_directories(folder_);
  }
  ~JobStoreTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<JobStore> Open(JobLimits limits = {}) const {
    auto store = JobStore::Open({folder_ / "queries.sqlite", limits});
    if (!store) ADD_FAILURE() << store.error().message;
    return *std::move(store);
  }
  static Submission Ask(std::string key = "", std::string recipient = "r") {
    return {std::move(recipient), "share", "schema", "table", std::move(key), "{}", "c", ""};
  }

  std::filesystem::path folder_;
};

TEST_F(JobStoreTest, ResultsOutliveTheProcess) {
  std::string id;
  {
    const auto store = Open();
    Submission submission = Ask("k");
    submission.file_id_hash = "delta";
    id = store->Submit(submission, kNow)->job->id;
    EXPECT_EQ(store->Find(id, kNow)->outcome.state, JobState::kPending);
  }
  {
    const auto store = Open();
    const auto pending = store->Pending(kNow);
    ASSERT_THAT(*pending, SizeIs(1));
    EXPECT_EQ(pending->front().id, id);
    EXPECT_EQ(pending->front().submission.recipient, "r");
    EXPECT_EQ(pending->front().submission.file_id_hash, "delta");
    ASSERT_TRUE(store->Finish(id, {JobState::kSucceeded, 42, true, ""}, kNow));
  }
  const auto store = Open();
  EXPECT_THAT(*store->Pending(kNow), IsEmpty());
  const auto job = store->Find(id, kNow);
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_EQ(job->outcome.state, JobState::kSucceeded);
  EXPECT_EQ(job->outcome.version, 42);
  EXPECT_TRUE(job->outcome.delta_format);
}

TEST_F(JobStoreTest, ARepeatedSubmissionIsTheSameJob) {
  const auto store = Open();
  const auto first = store->Submit(Ask("k"), kNow);
  ASSERT_TRUE(first && first->is_new);
  const auto again = store->Submit(Ask("k"), kNow + 5);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(again->job->id, first->job->id);
  ASSERT_TRUE(store->Finish(first->job->id, {JobState::kFailed, 0, false, "why"}, kNow));
  const auto done = store->Submit(Ask("k"), kNow + 6);
  EXPECT_EQ(done->job->outcome.state, JobState::kFailed);
  EXPECT_EQ(done->job->outcome.error, "why");

  // A key is one recipient's, of one table; no key is none.
  Submission elsewhere = Ask("k");
  elsewhere.table = "other";
  std::set<std::string> ids = {first->job->id};
  for (const auto& other : {Ask("k", "somebody"), elsewhere, Ask("l"), Ask(), Ask()}) {
    const auto submitted = store->Submit(other, kNow);
    ASSERT_TRUE(submitted) << submitted.error().message;
    EXPECT_TRUE(ids.insert(submitted->job->id).second);
  }
  Submission changed = Ask("k");
  changed.body = R"({"limitHint":1})";
  const auto refused = store->Submit(changed, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalidArgument);
}

TEST_F(JobStoreTest, JobsExpire) {
  const auto store = Open({.lifetime_ms = 1000});
  const std::string id = store->Submit(Ask("k"), kNow)->job->id;
  ASSERT_TRUE(store->Finish(id, {JobState::kSucceeded, 1, false, ""}, kNow + 900));
  EXPECT_TRUE(store->Find(id, kNow + 1899)) << "its time began again";
  const auto gone = store->Find(id, kNow + 1900);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(store->Submit(Ask("k"), kNow + 1900)->is_new);
  EXPECT_THAT(*store->Pending(kNow + kDay), IsEmpty());
}

TEST_F(JobStoreTest, WhatHasExpiredLeavesTheFile) {
  const auto kept = [this] {
    auto database = sqlite::Database::Open(folder_ / "queries.sqlite");
    auto count = database->Prepare("SELECT count(*) FROM jobs");
    EXPECT_TRUE(count->Step().value());
    return count->Number(0);
  };
  {
    const auto store = Open({.lifetime_ms = 1000});
    ASSERT_TRUE(store->Submit(Ask("k"), kNow));
    ASSERT_TRUE(store->Submit(Ask("l"), kNow + 10));
    EXPECT_EQ(kept(), 2);
    ASSERT_TRUE(store->Submit(Ask("m"), kNow + 1000));
    EXPECT_EQ(kept(), 2) << "with the next submission";
  }
  // And with the next start, whoever asks then.
  EXPECT_THAT(*Open()->Pending(kNow + 1500), SizeIs(1));
  EXPECT_EQ(kept(), 1);
}

TEST_F(JobStoreTest, ARecipientHasItsPart) {
  const auto store = Open({.max_pending = 2, .max_kept = 3, .max_bytes = 100});
  const auto refusal = [&](const char* recipient) {
    return store->Submit(Ask("", recipient), kNow).value().refused;
  };
  EXPECT_EQ(refusal("r"), "");
  EXPECT_EQ(refusal("r"), "");
  EXPECT_THAT(refusal("r"), HasSubstr("2 asynchronous queries of this recipient are pending"));
  EXPECT_EQ(refusal("other"), "");
  const auto finish_all = [&] {
    const auto pending = store->Pending(kNow);
    for (const Job& job : *pending) {
      ASSERT_TRUE(store->Finish(job.id, {JobState::kSucceeded, 1, false, ""}, kNow));
    }
  };
  finish_all();
  EXPECT_EQ(refusal("r"), "");
  finish_all();
  EXPECT_THAT(refusal("r"), HasSubstr("3 asynchronous queries of this recipient are kept"));
  EXPECT_TRUE(store->Submit(Ask(), kNow + kDay)->is_new) << "when the others have expired";
  Submission large = Ask();
  large.body = std::string(200, ' ');
  EXPECT_EQ(store->Submit(large, kNow).error().kind, ErrorKind::kTooLarge);
}

TEST_F(JobStoreTest, WhatIsDoneStaysAsItIs) {
  const auto store = Open();
  const std::string id = store->Submit(Ask(), kNow)->job->id;
  ASSERT_TRUE(store->Finish(id, {JobState::kSucceeded, 1, false, ""}, kNow));
  ASSERT_TRUE(store->Finish(id, {JobState::kFailed, 0, false, "late"}, kNow));
  EXPECT_EQ(store->Find(id, kNow)->outcome.state, JobState::kSucceeded);
}

TEST_F(JobStoreTest, ManyAtOnceWithOneKeyAreOneJob) {
  const auto one = Open();
  const auto other = Open();
  std::mutex mutex;
  std::set<std::string> ids;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, store = i % 2 == 0 ? one.get() : other.get()] {
      const auto submitted = store->Submit(Ask("k"), kNow);
      ASSERT_TRUE(submitted) << submitted.error().message;
      const std::lock_guard lock(mutex);
      ids.insert(submitted->job->id);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(ids, SizeIs(1));
}

TEST_F(JobStoreTest, AFileOfANewerVersionIsRefused) {
  Open();
  auto database = sqlite::Database::Open(folder_ / "queries.sqlite");
  ASSERT_TRUE(database->Execute("PRAGMA user_version = 2"));
  const auto refused = JobStore::Open({folder_ / "queries.sqlite", {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("queries.sqlite: was written by a newer version"));
}

}  // namespace
}  // namespace sluice::jobs
