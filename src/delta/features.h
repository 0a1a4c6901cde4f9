// Which table features exist, and which of them a reader may pass over.
#pragma once

#include <string>
#include <vector>

#include "delta/actions.h"
#include "delta/snapshot.h"

namespace sluice::delta {

/// Refuses a table this engine cannot describe rightly: kUnsupported naming the reader version or
/// the first unknown reader feature, kCorrupt for a protocol action that contradicts itself.
Status CheckReadable(const Protocol& protocol);

/// The reader features that the protocol lists, in the log's spelling ("deletionVectors",
/// "columnMapping", …); reader version 2 means column mapping. A client that gets the log's own
/// protocol must know all of them. `v2Checkpoint` and `vacuumProtocolCheck` are left out: they
/// concern whoever reads the log.
std::vector<std::string> ListedReaderFeatures(const Protocol& protocol);

/// Those without which the snapshot's rows cannot be read right: deletion vectors where a live file
/// has one, column mapping where the mode is not none, timestampNtz and variant types where the
/// schema has them, type widening where a column's type was changed. A table that uses none can be
/// answered in the parquet format.
std::vector<std::string> UsedReaderFeatures(const Snapshot& snapshot);

}  // namespace sluice::delta
