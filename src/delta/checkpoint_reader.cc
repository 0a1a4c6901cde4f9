#include "delta/checkpoint_reader.h"

#include <algorithm>
#include <limits>

#include "delta/checkpoint_batch.h"
#include "delta/checkpoint_file.h"
#include "delta/page_pool.h"

namespace sluice::delta {
namespace {

/// Row groups smaller than this are read together.
constexpr std::int64_t kMinRunRows = 128 * 1024;
/// Decoded bytes beyond this much, or this many times the file, are a bomb.
constexpr std::int64_t kDecodedFloor = std::int64_t{1} << 30;
constexpr std::int64_t kDecodedRatio = 256;

struct Task {
  const CheckpointFile::Impl* file = nullptr;
  std::vector<int> row_groups;
  Result<std::vector<LiveBatch>> batches;
};

std::vector<Task> PlanTasks(const CheckpointFiles& files) {
  std::vector<Task> tasks;
  for (const auto& file : files) {
    const auto& metadata = *file->impl().metadata;
    std::int64_t rows = std::numeric_limits<std::int64_t>::max();
    for (int i = 0; i < metadata.num_row_groups(); ++i) {
      if (rows >= kMinRunRows) {
        tasks.push_back(Task{&file->impl(), {}, {}});
        rows = 0;
      }
      tasks.back().row_groups.push_back(i);
      rows += metadata.RowGroup(i)->num_rows();
    }
  }
  return tasks;
}

Result<std::vector<LiveBatch>> RunTask(const Task& task, const FileSelection& selection) {
  const auto& file = *task.file;
  std::vector<LiveBatch> batches;
  auto columns = BatchColumns::Choose(*file.metadata, task.row_groups);
  if (!columns) return Fail(columns.error().At(file.key));
  if (columns->leaves().empty()) return batches;
  SLUICE_TRY(auto reader, RunReader::Open(file, {task.row_groups, columns->leaves()}));
  columns->Bind(reader.file());
  const BatchConverter converter(*columns, selection);
  std::int64_t budget = std::max(kDecodedFloor, file.file_size * kDecodedRatio);
  for (;;) {
    SLUICE_TRY(const auto record, reader.Next());
    if (record == nullptr) return batches;
    auto converted = converter.Convert(*record);
    if (!converted) return Fail(converted.error().At(file.key));
    for (auto& batch : *converted) {
      budget -= BatchBytes(*batch.files);
      if (budget < 0) {
        return Fail(ErrorKind::kTooLarge, "{}: {} bytes decode to far more than files need",
                    file.key, file.file_size);
      }
      batches.push_back(std::move(batch));
    }
  }
}

}  // namespace

Result<std::vector<LiveBatch>> ReadCheckpointFiles(const CheckpointFiles& files,
                                                   const FileSelection& selection) {
  std::vector<Task> tasks;
  SLUICE_RETURN_IF_ERROR(Guarded("checkpoint", [&]() -> Status {
    tasks = PlanTasks(files);
    return {};
  }));
  ForAll(selection.pool, tasks.size(), [&](std::size_t i) {
    auto& task = tasks[i];
    task.batches = Guarded(task.file->key, [&] { return RunTask(task, selection); });
    // What decoding needed for a moment is not kept for as long as the snapshot.
    ColumnPool()->ReleaseUnused();
  });
  std::vector<LiveBatch> batches;
  for (auto& task : tasks) {
    SLUICE_TRY(auto decoded, std::move(task.batches));
    std::move(decoded.begin(), decoded.end(), std::back_inserter(batches));
  }
  return batches;
}

}  // namespace sluice::delta
