// Asynchronous queries: submitted, worked on in the background, and asked for until they are done.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "protocol/request.h"
#include "server/api/call.h"
#include "server/api/table_access.h"
#include "server/jobs/job_store.h"

namespace sluice::api {

/// Thread-safe. Its destructor waits for the queries that are being worked on; those that are not
/// stay pending in the store.
class AsyncQueries {
 public:
  /// The store outlives it. It has `threads` of its own, and works on as many queries at once.
  AsyncQueries(jobs::JobStore* store, int threads) : store_(store), pool_(threads) {}
  ~AsyncQueries();
  AsyncQueries(const AsyncQueries&) = delete;
  AsyncQueries& operator=(const AsyncQueries&) = delete;

  /// Queries that begin from now on are worked on by this service, as long as it is there. The
  /// first one goes on with what an earlier process left pending.
  void Serve(const std::shared_ptr<const Service>& service);

  /// As JobStore::Submit.
  Result<jobs::JobStore::Submitted> Submit(const Call& call, const SharedTable& table,
                                           const protocol::QueryRequest& request);
  /// A job of the call's recipient about the table. Errors: kNotFound.
  Result<jobs::Job> Find(const Call& call, const SharedTable& table, std::string_view id);

 private:
  void Enqueue(jobs::Job job);
  void StartLocked();
  jobs::Job TakeLocked();
  void Work(const Service& service, const jobs::Job& job);

  jobs::JobStore* const store_;
  std::mutex mutex_;  ///< Guards what follows.
  std::weak_ptr<const Service> service_;
  bool resumed_ = false;
  std::condition_variable idle_;
  std::deque<jobs::Job> waiting_;
  std::vector<std::string> running_;  ///< The recipients whose queries are worked on.
  bool stopping_ = false;
  ThreadPool pool_;  ///< The last, whose threads use what stands before.
};

/// The call of a job's recipient, as it was when the query was submitted; `call` is that of whoever
/// asks for its result.
void SetSubmitted(const jobs::Submission& submission, Call* call);

/// The answer while a query is not done, or has failed.
Result<Answer> StatusAnswer(Call& call, const SharedTable& table, const jobs::Job& job);

}  // namespace sluice::api
