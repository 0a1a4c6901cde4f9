// TableDirectory: a table whose folder is read with credentials that its server gives.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/thread_pool.h"
#include "client/file_source.h"
#include "client/rest_client.h"
#include "delta/table.h"
#include "protocol/request.h"
#include "storage/ports.h"

namespace sluice::client {

struct DirectoryRequest {
  std::shared_ptr<const RestClient> rest;
  protocol::TableName table;
  storage::StoreOptions store;  ///< Where the store is; no credentials.
  net::HttpOptions http;        ///< How stores are reached.
  /// Asked until the files are given; what it ends fails with kCancelled.
  net::CancelCheck interrupted;
};

/// The changes of a table, and the table at their end, whose columns they get.
struct DirectoryChanges {
  TableInfo read_as;
  std::unique_ptr<FileSource> files;
};

/// For one scan: Snapshot, Changes or Given, once. What the calls returned goes on when
/// the request is interrupted.
class TableDirectory : public std::enable_shared_from_this<TableDirectory> {
 public:
  /// Asks the server for credentials. Errors: those of TableCredentials and of the store's options.
  static Result<std::shared_ptr<TableDirectory>> Open(DirectoryRequest request);

  /// Reads the log, and gives the files of the version that is asked for, those that hints and
  /// limit leave. Errors: those of delta::Table; kUnsupported for a folder without a log.
  Result<std::unique_ptr<FileSource>> Snapshot(const protocol::QueryRequest& query);
  Result<DirectoryChanges> Changes(const protocol::ChangesRequest& query);
  /// Files added and removed, with or without a change data feed: `query` has a starting version.
  Result<DirectoryChanges> Changes(const protocol::QueryRequest& query);
  /// Files that Snapshot or Changes listed elsewhere.
  std::unique_ptr<FileSource> Given(GivenFiles given);

 private:
  /// When requests stop.
  struct Stop {
    std::atomic<bool> cancelled{false};
    std::atomic<bool> interruptible{true};
  };

  TableDirectory() : pool_(kPoolThreads) {}
  Result<delta::SnapshotPtr> Load(const protocol::QueryRequest& query) const;
  Result<delta::ChangesRequest> RangeOf(const protocol::ChangesRequest& query) const;
  Result<DirectoryChanges> GiveChanges(Result<delta::ChangesPtr> changes);
  std::unique_ptr<FileSource> Files(std::function<Status(const ListingSink&)> list);

  static constexpr int kPoolThreads = 8;  ///< They wait for the store more than they work.

  std::shared_ptr<Stop> stop_ = std::make_shared<Stop>();
  std::string root_;
  ThreadPool pool_;
  std::shared_ptr<delta::Table> table_;  ///< Uses the pool.
};

}  // namespace sluice::client
