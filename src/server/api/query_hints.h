// The hints of a query: from the wire to the files that are left.
#pragma once

#include <cstdint>

#include "base/thread_pool.h"
#include "delta/file_filter.h"
#include "protocol/request.h"

namespace sluice::api {

/// Which hints are evaluated, as the reference server has it: `json` by partition values, `json_v2`
/// by statistics, too.
struct HintSettings {
  bool sql = true;
  bool json = true;
  bool json_v2 = true;
};

struct HintedFiles {
  delta::FilteredFiles files;
  bool hinted = false;  ///< There were hints; else nothing was filtered, and `every` is empty.
  std::int64_t num_skipped = 0;
};

/// Drops the files of a snapshot that hold no row for which all hints are true. Never fails: what
/// is not understood or not evaluated skips nothing, and the reason goes to the log under
/// `request_id`.
HintedFiles ApplyHints(const protocol::QueryRequest& request, const HintSettings& settings,
                       const delta::SnapshotPtr& snapshot, ThreadPool* pool,
                       std::string_view request_id);

}  // namespace sluice::api
