// Asynchronous queries that outlive the process: what was asked, by whom, and what came of it.
// An answer's files are not kept but the version that they are of, from which they can be had again
// with fresh URLs. docs/formats.md has the file.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sqlite/database.h"

namespace sluice::jobs {

/// A query as it was submitted. Names in lower case, so that those that mean the same are the same.
struct Submission {
  std::string recipient;
  std::string share;
  std::string schema;
  std::string table;
  std::string key;           ///< With which it may be repeated; empty: none.
  std::string body;          ///< Of the query.
  std::string capabilities;  ///< The header's.
  std::string file_id_hash;  ///< The header's; empty: none.
};

enum class JobState : std::uint8_t { kPending = 0, kSucceeded = 1, kFailed = 2 };

struct Outcome {
  JobState state = JobState::kPending;
  std::int64_t version = 0;  ///< Of the table, or the last of changes.
  bool delta_format = false;
  std::string error;  ///< Of a failure: what the recipient may read.
};

struct Job {
  std::string id;
  Submission submission;
  Outcome outcome;
};

struct JobLimits {
  std::int64_t max_pending = 16;  ///< Of one recipient.
  std::int64_t max_kept = 1000;   ///< Likewise, those that are done included.
  std::int64_t lifetime_ms = 86'400'000;
  /// Of what is kept of one submission.
  std::int64_t max_bytes = 256 << 10;
};

struct JobStoreOptions {
  std::string path;  ///< Empty: in memory, for this process alone.
  JobLimits limits;
};

/// Thread-safe; other processes may use the same file. Jobs are gone once their time is over.
/// Errors of all calls: kUnavailable and kCorrupt for the file.
class JobStore {
 public:
  /// Errors also: kUnsupported for the file of a newer version.
  static Result<std::unique_ptr<JobStore>> Open(const JobStoreOptions& options);

  struct Submitted {
    std::optional<Job> job;
    bool is_new = true;   ///< False: it is the one that came with the same key before.
    std::string refused;  ///< Why there is no job: the recipient is at one of its limits.
  };
  /// Errors also: kTooLarge; kInvalidArgument for a key that came with another query of the same
  /// table.
  Result<Submitted> Submit(const Submission& submission, std::int64_t now_ms);

  /// Errors also: kNotFound.
  Result<Job> Find(std::string_view id, std::int64_t now_ms);
  /// Pending jobs, the oldest first. Removes those whose time is over.
  Result<std::vector<Job>> Pending(std::int64_t now_ms);
  /// Writes what came of a job that is pending. Its time begins again.
  Status Finish(std::string_view id, const Outcome& outcome, std::int64_t now_ms);

 private:
  JobStore(sqlite::Database database, const JobLimits& limits)
      : database_(std::move(database)), limits_(limits) {}

  Status Prepare();
  Result<std::optional<Job>> FindRepeated(const Submission& submission);
  /// Which limit the recipient is at; empty: at none.
  Result<std::string> FindLimit(const Submission& submission);
  Status Insert(const Job& job, std::int64_t now_ms);
  Status RemoveExpired(std::int64_t now_ms);

  std::mutex mutex_;
  sqlite::Database database_;
  const JobLimits limits_;
};

}  // namespace sluice::jobs
