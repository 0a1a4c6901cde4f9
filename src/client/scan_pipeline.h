// ScanPipeline: a Scan with threads of its own: one lists, one a connection fetches, one a core
// decodes.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/result.h"
#include "client/client.h"
#include "client/deadline.h"
#include "client/file_source.h"
#include "client/scan.h"
#include "client/scan_lister.h"
#include "client/scan_window.h"

namespace sluice::client {

struct PipelineRequest {
  std::unique_ptr<FileSource> source;
  net::CancelCheck interrupted;  ///< Asked until the table is described.
  Deadline deadline{0};
  ListerRequest what;
  std::optional<std::int64_t> limit;
  bool keep_order = true;
  std::int64_t memory_budget = 0;
  int connections = 1;  ///< At once, to read files.
};

class ScanPipeline : public Scan {
 public:
  /// Returns when the source has described the table. Errors: as Client::StartScan.
  static Result<std::shared_ptr<Scan>> Start(PipelineRequest request);
  explicit ScanPipeline(PipelineRequest request);
  ~ScanPipeline() override;

  std::shared_ptr<arrow::Schema> schema() const override { return plan_->schema; }
  std::int64_t table_version() const override { return version_; }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override;
  ScanProgress Progress() const override;
  void Cancel() override;

 private:
  void RunListing();
  Status RunListingOrThrow();
  Status OnFile(ListedChange listed);
  FileTask MakeTask(protocol::File file) const;
  Status AddTask(FileTask task);
  void FinishTask(const FileTask& task);
  void RunFetching();
  void OpenFile(const ScanWindow::Job& job);
  void FetchUnit(const ScanWindow::Job& job);
  void RunDecoding();
  void FinishUnit(const ScanWindow::Job& job, Status status);
  /// What `work` ends with, an exception too, naming the file.
  static Status InFile(const ScanWindow::Job& job, const std::function<Status()>& work);
  Result<std::shared_ptr<arrow::Buffer>> Read(const FileRead& read);
  Result<DataFile> OpenDataFile(const FileTask& task);
  Result<std::shared_ptr<arrow::RecordBatch>> HandOut(std::shared_ptr<arrow::RecordBatch> batch);
  void StopWork(Error error);

  const PipelineRequest request_;
  FileSource& source_;
  const pid_t process_;
  ScanWindow window_;

  std::promise<Status> described_;
  bool is_described_ = false;  ///< The listing thread's.
  std::shared_ptr<const ScanPlan> plan_;
  std::int64_t version_ = 0;

  std::atomic<bool> stopped_{false};
  std::atomic<std::int64_t> files_listed_{0};
  std::atomic<std::int64_t> bytes_total_{0};
  std::atomic<std::int64_t> bytes_read_{0};
  std::atomic<std::int64_t> rows_{0};
  std::atomic<bool> listing_done_{false};
  bool at_end_ = false;  ///< The reader's.

  std::vector<std::thread> threads_;
  std::optional<DeadlineTimer> timer_;
};

}  // namespace sluice::client
