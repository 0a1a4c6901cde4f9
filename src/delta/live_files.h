// Which files of a snapshot live, as bits; and a snapshot of fewer of them.
#pragma once

#include <memory>
#include <vector>

#include "delta/bits.h"
#include "delta/snapshot.h"

namespace sluice::delta {

/// One bit a row of the batch.
Bits LiveBits(const LiveBatch& batch);

/// The snapshot with some of its files only: `kept` holds the rows of one batch each, all of them
/// live. Shares the batches; those of which nothing is left are dropped.
std::shared_ptr<const Snapshot> KeepFiles(const Snapshot& snapshot, const std::vector<Bits>& kept);

}  // namespace sluice::delta
