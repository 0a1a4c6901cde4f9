#include "server/jobs/job_store.h"

#include "base/encoding.h"
#include "base/hash.h"

namespace sluice::jobs {
namespace {

constexpr std::size_t kIdBytes = 18;
constexpr std::int64_t kFormatVersion = 1;

constexpr const char* kCreate = R"(
CREATE TABLE jobs (
  id TEXT NOT NULL PRIMARY KEY,
  recipient TEXT NOT NULL,
  share TEXT NOT NULL,
  schema TEXT NOT NULL,
  "table" TEXT NOT NULL,
  key TEXT NOT NULL,
  body TEXT NOT NULL,
  capabilities TEXT NOT NULL,
  file_id_hash TEXT NOT NULL,
  state INTEGER NOT NULL,
  version INTEGER NOT NULL,
  delta_format INTEGER NOT NULL,
  error TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX jobs_by_key ON jobs (recipient, share, schema, "table", key) WHERE key <> '';
CREATE INDEX jobs_by_recipient ON jobs (recipient, state);
CREATE INDEX jobs_by_expiry ON jobs (expires_ms);
PRAGMA user_version = 1;
)";

constexpr std::string_view kColumns =
    R"(id, recipient, share, schema, "table", key, body, capabilities, file_id_hash, state, version,
       delta_format, error)";

Job JobOf(const sqlite::Statement& row) {
  Job job;
  job.id = row.Text(0);
  std::string* const fields[] = {&job.submission.recipient,    &job.submission.share,
                                 &job.submission.schema,       &job.submission.table,
                                 &job.submission.key,          &job.submission.body,
                                 &job.submission.capabilities, &job.submission.file_id_hash};
  int column = 1;
  for (std::string* field : fields) *field = row.Text(column++);
  job.outcome.state = static_cast<JobState>(row.Number(column));
  job.outcome.version = row.Number(column + 1);
  job.outcome.delta_format = row.Number(column + 2) != 0;
  job.outcome.error = row.Text(column + 3);
  return job;
}

bool AskTheSame(const Submission& a, const Submission& b) {
  return a.body == b.body && a.capabilities == b.capabilities && a.file_id_hash == b.file_id_hash;
}

}  // namespace

Result<std::unique_ptr<JobStore>> JobStore::Open(const JobStoreOptions& options) {
  SLUICE_TRY(auto database, sqlite::Database::Open(options.path));
  std::unique_ptr<JobStore> store(new JobStore(std::move(database), options.limits));
  auto prepared = store->Prepare();
  if (!prepared) return Fail(prepared.error().At(options.path));
  return store;
}

Status JobStore::Prepare() {
  return database_.Transact([this]() -> Status {
    SLUICE_TRY(auto version, database_.Prepare("PRAGMA user_version"));
    SLUICE_TRY(const bool row, version.Step());
    const std::int64_t found = row ? version.Number(0) : 0;
    SLUICE_RETURN_IF_ERROR(version.Run());
    if (found == 0) return database_.Execute(kCreate);
    if (found == kFormatVersion) return {};
    return Fail(ErrorKind::kUnsupported, "was written by a newer version of this program ({})",
                found);
  });
}

Result<std::optional<Job>> JobStore::FindRepeated(const Submission& submission) {
  if (submission.key.empty()) return std::nullopt;
  SLUICE_TRY(auto find, database_.Prepare(fmt::format(
                            R"(SELECT {} FROM jobs WHERE recipient = ? AND share = ? AND schema = ?
                               AND "table" = ? AND key = ?)",
                            kColumns)));
  find.Bind(1, submission.recipient).Bind(2, submission.share).Bind(3, submission.schema);
  find.Bind(4, submission.table).Bind(5, submission.key);
  SLUICE_TRY(const bool found, find.Step());
  if (!found) return std::nullopt;
  Job job = JobOf(find);
  if (AskTheSame(job.submission, submission)) return job;
  return Fail(
      ErrorKind::kInvalidArgument,
      "idempotencyKey came with another query of this table before: a new query needs a new "
      "key");
}

Result<std::string> JobStore::FindLimit(const Submission& submission) {
  SLUICE_TRY(auto count, database_.Prepare("SELECT count(*), coalesce(sum(state = 0), 0) FROM jobs "
                                           "WHERE recipient = ?"));
  SLUICE_TRY(const bool row, count.Bind(1, submission.recipient).Step());
  const std::int64_t kept = row ? count.Number(0) : 0;
  const std::int64_t pending = row ? count.Number(1) : 0;
  if (pending >= limits_.max_pending) {
    return fmt::format(
        "{} asynchronous queries of this recipient are pending; try again when one is done",
        pending);
  }
  if (kept < limits_.max_kept) return std::string();
  return fmt::format(
      "{} asynchronous queries of this recipient are kept; try again when one has expired", kept);
}

Status JobStore::Insert(const Job& job, std::int64_t now_ms) {
  SLUICE_TRY(auto insert, database_.Prepare("INSERT INTO jobs VALUES "
                                            "(?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, '', ?, ?)"));
  const Submission& from = job.submission;
  int index = 0;
  for (const std::string* text : {&job.id, &from.recipient, &from.share, &from.schema, &from.table,
                                  &from.key, &from.body, &from.capabilities, &from.file_id_hash}) {
    insert.Bind(++index, *text);
  }
  return insert.Bind(10, now_ms).Bind(11, now_ms + limits_.lifetime_ms).Run();
}

Status JobStore::RemoveExpired(std::int64_t now_ms) {
  SLUICE_TRY(auto remove, database_.Prepare("DELETE FROM jobs WHERE expires_ms <= ?"));
  return remove.Bind(1, now_ms).Run();
}

Result<JobStore::Submitted> JobStore::Submit(const Submission& submission, std::int64_t now_ms) {
  const auto bytes = static_cast<std::int64_t>(submission.body.size() + submission.key.size() +
                                               submission.capabilities.size());
  if (bytes > limits_.max_bytes) {
    return Fail(ErrorKind::kTooLarge, "an asynchronous query must not exceed {} bytes",
                limits_.max_bytes);
  }
  const std::lock_guard lock(mutex_);
  return database_.Transact([&]() -> Result<Submitted> {
    SLUICE_RETURN_IF_ERROR(RemoveExpired(now_ms));
    SLUICE_TRY(auto repeated, FindRepeated(submission));
    if (repeated) return Submitted{std::move(repeated), false, ""};
    SLUICE_TRY(std::string limit, FindLimit(submission));
    if (!limit.empty()) return Submitted{std::nullopt, false, std::move(limit)};
    Job job{Base64UrlEncode(RandomBytes(kIdBytes)), submission, {}};
    SLUICE_RETURN_IF_ERROR(Insert(job, now_ms));
    return Submitted{std::move(job), true, ""};
  });
}

Result<Job> JobStore::Find(std::string_view id, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(auto find, database_.Prepare(fmt::format(
                            "SELECT {} FROM jobs WHERE id = ? AND expires_ms > ?", kColumns)));
  SLUICE_TRY(const bool found, find.Bind(1, id).Bind(2, now_ms).Step());
  if (found) return JobOf(find);
  return Fail(ErrorKind::kNotFound, "there is no such query, or it has expired");
}

Result<std::vector<Job>> JobStore::Pending(std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  SLUICE_RETURN_IF_ERROR(RemoveExpired(now_ms));
  SLUICE_TRY(auto find, database_.Prepare(fmt::format("SELECT {} FROM jobs WHERE state = 0 "
                                                      "ORDER BY created_ms, id",
                                                      kColumns)));
  std::vector<Job> jobs;
  for (;;) {
    SLUICE_TRY(const bool found, find.Step());
    if (!found) return jobs;
    jobs.push_back(JobOf(find));
  }
}

Status JobStore::Finish(std::string_view id, const Outcome& outcome, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(
      auto update,
      database_.Prepare("UPDATE jobs SET state = ?, version = ?, delta_format = ?, error = ?, "
                        "expires_ms = ? WHERE id = ? AND state = 0"));
  update.Bind(1, static_cast<std::int64_t>(outcome.state)).Bind(2, outcome.version);
  update.Bind(3, std::int64_t{outcome.delta_format}).Bind(4, outcome.error);
  return update.Bind(5, now_ms + limits_.lifetime_ms).Bind(6, id).Run();
}

}  // namespace sluice::jobs
