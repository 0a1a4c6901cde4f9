// ScanWindow: the part of a table that a scan has under its hands: files listed and not yet opened,
// open ones, and batches decoded and not yet taken. It says who does what next, keeps the order,
// and bounds memory.
#pragma once

#include <arrow/record_batch.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.h"
#include "client/data_file.h"
#include "client/file_task.h"

namespace sluice::client {

struct WindowOptions {
  std::int64_t memory_budget = 0;  ///< Bytes fetched, or decoded and not yet taken.
  int max_open_files = 1;
  std::optional<std::int64_t> limit = std::nullopt;  ///< Rows beyond it need not be read.
  bool keep_order = true;
};

/// A file while it is opened and read. Its fields belong to ScanWindow, but for `task` and, once
/// open, `file`, which do not change.
struct WindowFile {
  struct Unit {
    std::optional<UnitReader> reader;  ///< When fetched, and nobody is at it.
    std::deque<std::shared_ptr<arrow::RecordBatch>> batches;
    std::int64_t fetched_bytes = 0;   ///< Charged until the unit is finished.
    std::int64_t expected_bytes = 0;  ///< Charged for batches to come, once decoding has begun.
    bool begun = false;
    std::optional<Error> error;
    bool done = false;
  };
  FileTask task;
  std::optional<DataFile> file;
  std::vector<Unit> units;
  std::size_t next_to_read = 0;
  std::size_t next_to_take = 0;
  std::size_t first_unfinished = 0;
  std::size_t finished = 0;
  std::optional<Error> error;  ///< Of opening.
};

/// Thread-safe: one thread lists, some open and fetch, some decode, one takes. The budget is kept
/// but for the unit that the taker waits for, so one row group larger than it still passes; and
/// whoever decodes goes batch by batch to what is wanted first, so that nobody holds up others.
class ScanWindow {
 public:
  explicit ScanWindow(WindowOptions options) : options_(options) {}

  // Of the listing. AddFile waits while very many files are listed; false: no more are wanted.
  bool AddFile(FileTask task);
  void FinishListing(Status status);

  struct Job {
    std::shared_ptr<WindowFile> file;
    std::optional<std::size_t> unit;  ///< Fetch this one; without: open the file.
  };
  // Of those that fetch. TakeJob waits; nullopt: nothing is left to fetch.
  std::optional<Job> TakeJob();
  void FinishOpening(const std::shared_ptr<WindowFile>& file, Result<DataFile> opened);
  /// Of a unit; where it failed, FinishUnit follows instead.
  void FinishFetching(const Job& job, UnitReader fetched);

  /// A unit whose next batch is to be decoded.
  struct Decoding {
    Job job;
    UnitReader reader;
  };
  // Of those that decode. TakeDecoding waits, also for memory; nullopt: nothing is left to decode.
  std::optional<Decoding> TakeDecoding();
  /// The unit is there to be taken again.
  void Push(Decoding decoding, std::shared_ptr<arrow::RecordBatch> batch);

  /// No more comes of the unit. True when it was the file's last.
  bool FinishUnit(const Job& job, Status status);

  // Of the reader. Waits; null at the end.
  Result<std::shared_ptr<arrow::RecordBatch>> Take();

  /// Files whose batches have all been taken.
  std::int64_t files_done() const { return files_done_; }

  /// Wakes everybody; Take() returns `error` from now on. The first call counts.
  void Stop(Error error);

 private:
  /// Memory is free, another unit is next, or nothing is left.
  void WakeWorkers();
  bool IsNext(const WindowFile& file, std::size_t unit) const;
  bool MayFetch(const Job& job, std::int64_t bytes) const;
  bool MayDecode(const WindowFile& file, std::size_t unit) const;
  bool NeedsMoreFiles() const;
  bool NothingToFetch() const;
  std::optional<Job> NextFetch();
  std::optional<Job> NextOpen();
  std::optional<Decoding> NextDecoding();
  Result<std::shared_ptr<arrow::RecordBatch>> TakeInOrder();
  Result<std::shared_ptr<arrow::RecordBatch>> TakeAny();
  std::shared_ptr<arrow::RecordBatch> PopBatch(WindowFile::Unit* unit);
  void DropFile(std::size_t index);
  bool AtEnd() const { return listing_done_ && listed_.empty() && active_.empty(); }

  const WindowOptions options_;
  std::mutex mutex_;
  std::condition_variable lister_wake_;
  std::condition_variable fetcher_wake_;
  std::condition_variable decoder_wake_;
  std::condition_variable reader_wake_;
  std::deque<FileTask> listed_;
  std::deque<std::shared_ptr<WindowFile>> active_;
  std::int64_t charged_bytes_ = 0;
  std::int64_t fetched_bytes_ = 0;  ///< Of these, those that are fetched or being fetched.
  std::int64_t ready_batches_ = 0;
  std::atomic<std::int64_t> files_done_{0};
  std::int64_t running_units_ = 0;
  std::int64_t decoding_units_ = 0;  ///< Of these, those whose batches come.
  std::int64_t opened_rows_ = 0;     ///< Live rows of all files opened so far.
  std::int64_t dropped_rows_ = 0;    ///< Those of files that are taken.
  std::int64_t started_rows_ = 0;    ///< Those of units whose reading began.
  bool listing_done_ = false;
  Status listing_status_;
  std::optional<Error> stopped_;
};

}  // namespace sluice::client
