#include "delta/batch_compaction.h"

#include <algorithm>
#include <iterator>

#include "delta/file_batch_builder.h"

namespace sluice::delta {
namespace {

constexpr std::int64_t kSmallRows = 4096;
constexpr std::int64_t kMaxSmallBatches = 32;

/// Not worth keeping: small, or mostly dead.
bool IsPoor(const LiveBatch& batch) {
  return batch.num_live < kSmallRows || batch.num_live < batch.files->num_rows() / 4;
}

bool IsDue(const std::vector<LiveBatch>& batches) {
  std::int64_t poor = 0;
  std::int64_t dead_rows = 0;
  std::int64_t live_rows = 0;
  for (const auto& batch : batches) {
    live_rows += batch.num_live;
    if (!IsPoor(batch)) continue;
    ++poor;
    dead_rows += batch.files->num_rows() - batch.num_live;
  }
  return poor > kMaxSmallBatches || dead_rows > live_rows / 2 + kMaxBatchRows;
}

}  // namespace

Status CompactBatches(const std::vector<std::string>& partition_columns,
                      std::vector<LiveBatch>* batches) {
  if (!IsDue(*batches)) return {};
  FileBatchBuilder builder(partition_columns);
  std::vector<LiveBatch> kept;
  for (const auto& batch : *batches) {
    if (!IsPoor(batch)) {
      kept.push_back(batch);
      continue;
    }
    for (std::int64_t row = 0; row < batch.files->num_rows(); ++row) {
      if (batch.IsLive(row)) SLUICE_RETURN_IF_ERROR(builder.Append(*batch.files, row));
    }
  }
  SLUICE_TRY(auto merged, builder.Finish());
  std::move(merged.begin(), merged.end(), std::back_inserter(kept));
  *batches = std::move(kept);
  return {};
}

}  // namespace sluice::delta
