#include "client/task_planner.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace sluice::client {
namespace {

/// Files that only together tell their rows: those of a change of a deletion vector.
struct Unit {
  std::vector<protocol::File> files;
  std::int64_t bytes = 0;
};

bool Has(const Unit& unit, const protocol::File& file) {
  const auto is_same = [key = KeyOf(file)](const protocol::File& other) {
    return KeyOf(other) == key;
  };
  return std::any_of(unit.files.begin(), unit.files.end(), is_same);
}

class Units {
 public:
  void Add(ListedChange listed) {
    // A change of a vector is listed as two: what it took away, and what it gave back.
    if (listed.other && !units_.empty() && Has(units_.back(), listed.file)) return;
    Unit unit;
    unit.bytes = listed.file.size;
    unit.files.push_back(std::move(listed.file));
    if (listed.other) unit.files.push_back(*std::move(listed.other));
    bytes_ += unit.bytes;
    units_.push_back(std::move(unit));
  }

  /// Neighbours together, as large as `options` has them.
  std::vector<Unit> Pack(const TaskOptions& options) && {
    const std::int64_t share = (bytes_ + options.min_tasks - 1) / options.min_tasks;
    const std::int64_t most = std::min(options.task_bytes, std::max<std::int64_t>(share, 1));
    std::vector<Unit> packed;
    for (Unit& unit : units_) {
      if (packed.empty() || packed.back().bytes + unit.bytes > most) {
        packed.push_back(std::move(unit));
        continue;
      }
      packed.back().bytes += unit.bytes;
      std::move(unit.files.begin(), unit.files.end(), std::back_inserter(packed.back().files));
    }
    return packed;
  }

 private:
  std::vector<Unit> units_;
  std::int64_t bytes_ = 0;
};

}  // namespace

Result<TaskPlan> PlanTasks(TaskPlanRequest request) {
  const TaskOptions& options = request.options;
  if (options.task_bytes < 1 || options.min_tasks < 1) {
    return Fail(ErrorKind::kInvalidArgument, "task_bytes and min_tasks must be at least 1");
  }
  TaskPlan plan;
  Units units;
  ScanLister::Sink sink;
  sink.on_plan = [&](const TableInfo& table, const ScanLister::PlanPtr& scan) {
    request.task.files.table = table;
    plan.schema = scan->schema;
    plan.table_version = table.version;
  };
  sink.on_file = [&](ListedChange listed) -> Status {
    units.Add(std::move(listed));
    return {};
  };
  sink.cancelled = request.cancelled;
  SLUICE_RETURN_IF_ERROR(ScanLister(request.source, request.what).Run(sink));
  if (request.at) request.task.at = request.at();
  for (Unit& unit : std::move(units).Pack(options)) {
    PlannedTask task;
    task.files = static_cast<std::int64_t>(unit.files.size());
    task.file_bytes = unit.bytes;
    request.task.files.files = std::move(unit.files);
    SLUICE_TRY(task.bytes, FormatScanTask(request.task));
    plan.tasks.push_back(std::move(task));
  }
  return plan;
}

}  // namespace sluice::client
