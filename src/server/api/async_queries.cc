#include "server/api/async_queries.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "protocol/ndjson_writer.h"
#include "server/api/changes_answer.h"
#include "server/api/error_response.h"
#include "server/api/service.h"
#include "server/api/snapshot_answer.h"

namespace sluice::api {
namespace {

jobs::Submission SubmissionOf(const Call& call, const SharedTable& table,
                              protocol::QueryRequest request) {
  jobs::Submission out;
  out.recipient = call.recipient.name;
  out.share = catalog::FoldName(table.entry.share);
  out.schema = catalog::FoldName(table.entry.schema);
  out.table = catalog::FoldName(table.entry.name);
  out.key = std::move(request.idempotency_key);
  request.idempotency_key.clear();
  out.body = protocol::FormatQueryRequest(request);
  out.capabilities = protocol::FormatCapabilities(call.capabilities);
  if (call.file_id_hash) out.file_id_hash = protocol::FileIdHashName(*call.file_id_hash);
  return out;
}

Result<PinnedVersion> Settle(Call& call, const jobs::Submission& submission) {
  SLUICE_TRY(const auto found, FindTable(call));
  const SharedTable& table = *found;
  SLUICE_TRY(auto request, protocol::ParseQueryRequest(submission.body));
  if (request.starting_version) return SettleChanges(call, table, ChangesOf(request));
  return SettleSnapshot(call, table, {std::move(request), std::nullopt});
}

jobs::Outcome Resolve(const Service& service, const jobs::Job& job) {
  const jobs::Submission& submission = job.submission;
  http::Request request;
  request.id = job.id;
  Call call{service,
            request,
            service.options().catalog,
            {submission.share, submission.schema, submission.table},
            {},
            {},
            {}};
  // What it may see is checked when it was submitted, and when it asks for the result.
  call.recipient.name = submission.recipient;
  SetSubmitted(submission, &call);
  const auto settled = Settle(call, submission);
  if (settled) {
    return {jobs::JobState::kSucceeded, settled->version,
            settled->format == protocol::ResponseFormat::kDelta, ""};
  }
  const Error& error = settled.error();
  if (!ShapeOf(error.kind).instead.empty()) {
    spdlog::error("query {}: {}: {}", job.id, KindName(error.kind), error.message);
  }
  return {jobs::JobState::kFailed, 0, false, PublicMessage(error, job.id)};
}

}  // namespace

void AsyncQueries::Serve(const std::shared_ptr<const Service>& service) {
  {
    const std::lock_guard lock(mutex_);
    service_ = service;
    if (std::exchange(resumed_, true)) return;
  }
  auto pending = store_->Pending(service->NowMillis());
  if (!pending) {
    spdlog::error("queries of an earlier run stay pending: {}", pending.error().message);
    return;
  }
  for (auto& job : *pending) Enqueue(std::move(job));
}

AsyncQueries::~AsyncQueries() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  waiting_.clear();
  idle_.wait(lock, [this] { return running_.empty(); });
}

Result<jobs::JobStore::Submitted> AsyncQueries::Submit(const Call& call, const SharedTable& table,
                                                       const protocol::QueryRequest& request) {
  SLUICE_TRY(auto submitted,
             store_->Submit(SubmissionOf(call, table, request), call.service.NowMillis()));
  if (submitted.is_new) Enqueue(*submitted.job);
  return submitted;
}

Result<jobs::Job> AsyncQueries::Find(const Call& call, const SharedTable& table,
                                     std::string_view id) {
  SLUICE_TRY(auto job, store_->Find(id, call.service.NowMillis()));
  const jobs::Submission& of = job.submission;
  const bool own = of.recipient == call.recipient.name &&
                   of.share == catalog::FoldName(table.entry.share) &&
                   of.schema == catalog::FoldName(table.entry.schema) &&
                   of.table == catalog::FoldName(table.entry.name);
  if (own) return job;
  // As the store says it of one that does not exist.
  return Fail(ErrorKind::kNotFound, "there is no such query, or it has expired");
}

void AsyncQueries::Enqueue(jobs::Job job) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(job));
  StartLocked();
}

jobs::Job AsyncQueries::TakeLocked() {
  // Of a recipient with none running, so that nobody's many hold up another's one.
  auto next = std::find_if(waiting_.begin(), waiting_.end(), [&](const jobs::Job& job) {
    return std::find(running_.begin(), running_.end(), job.submission.recipient) == running_.end();
  });
  if (next == waiting_.end()) next = waiting_.begin();
  jobs::Job job = std::move(*next);
  waiting_.erase(next);
  return job;
}

void AsyncQueries::StartLocked() {
  auto service = service_.lock();
  const bool busy = running_.size() == static_cast<std::size_t>(pool_.size());
  if (stopping_ || waiting_.empty() || busy || service == nullptr) return;
  auto job = std::make_shared<const jobs::Job>(TakeLocked());
  running_.push_back(job->submission.recipient);
  pool_.Submit([this, job, service = std::move(service)]() mutable {
    Work(*service, *job);
    service.reset();
    const std::lock_guard lock(mutex_);
    running_.erase(std::find(running_.begin(), running_.end(), job->submission.recipient));
    StartLocked();
    // Nothing of this may be touched behind the lock.
    idle_.notify_all();
  });
}

void AsyncQueries::Work(const Service& service, const jobs::Job& job) {
  const jobs::Outcome outcome = Resolve(service, job);
  const auto kept = store_->Finish(job.id, outcome, service.NowMillis());
  if (!kept) spdlog::error("query {}: its end was not kept: {}", job.id, kept.error().message);
}

void SetSubmitted(const jobs::Submission& submission, Call* call) {
  const bool end = call->capabilities.include_end_stream_action;
  call->capabilities = protocol::ParseCapabilities(submission.capabilities);
  call->capabilities.include_end_stream_action |= end;
  const auto hash = protocol::ParseFileIdHash(submission.file_id_hash);
  call->file_id_hash = hash ? std::optional(*hash) : std::nullopt;
}

Result<Answer> StatusAnswer(Call& call, const SharedTable& table, const jobs::Job& job) {
  // Spark refuses an answer without a version, though there is none to tell yet.
  SLUICE_TRY(const auto version, ReadVersion(call, table, std::nullopt));
  Answer answer;
  answer.head.content_type = kNdjsonType;
  AddTableHeaders(call, {version}, &answer.head);
  answer.head.headers.emplace_back(protocol::kCapabilitiesHeader, protocol::kAsyncCapability);
  protocol::QueryStatus status;
  status.query_id = job.id;
  if (job.outcome.state == jobs::JobState::kFailed) {
    status.status = "failed";
    status.error_message = job.outcome.error;
  }
  protocol::AppendQueryStatusLine(status, &answer.body);
  return answer;
}

}  // namespace sluice::api
