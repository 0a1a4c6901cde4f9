// Splits a scan into tasks.
#pragma once

#include <functional>

#include "base/result.h"
#include "client/client.h"
#include "client/scan_lister.h"
#include "client/scan_task.h"

namespace sluice::client {

struct TaskPlanRequest {
  FileSource& source;
  const ListerRequest& what;
  /// What all tasks have in common; `files` and `at` are filled in.
  ScanTask task;
  std::function<ListedAt()> at;  ///< Asked when all is listed; may be null.
  TaskOptions options;
  net::CancelCheck cancelled;
};

/// Lists all files and reads none. Errors: those of ScanLister and of FormatScanTask;
/// kInvalidArgument for options below 1.
Result<TaskPlan> PlanTasks(TaskPlanRequest request);

}  // namespace sluice::client
