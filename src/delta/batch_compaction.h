// Keeps the list of batches short and dense while commits append small ones and clear bits.
#pragma once

#include <string>
#include <vector>

#include "delta/snapshot.h"

namespace sluice::delta {

/// Where small batches have piled up or most rows no longer live: drops batches without live rows
/// and copies sparse and small ones together; full ones stay shared. Its cost is paid back by the
/// commits that led there. Errors: kTooLarge.
Status CompactBatches(const std::vector<std::string>& partition_columns,
                      std::vector<LiveBatch>* batches);

}  // namespace sluice::delta
