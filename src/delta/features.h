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

/// Widens `all` to a protocol that asks for what either of the two asks for.
void AddProtocol(const Protocol& more, Protocol* all);

/// What decides which reader features rows make use of.
struct FeatureUse {
  const Protocol& protocol;
  const Schema& schema;
  bool deletion_vectors = false;  ///< Some file has one.
};

/// Those without which the rows cannot be read right: deletion vectors where a file has one, column
/// mapping where the mode is not none, timestampNtz and variant types where the schema has them,
/// type widening where a column's type was changed. What uses none can be answered in the parquet
/// format.
std::vector<std::string> UsedReaderFeatures(const FeatureUse& use);
/// Those of a snapshot's rows: the deletion vectors of its live files count.
std::vector<std::string> UsedReaderFeatures(const Snapshot& snapshot);

}  // namespace sluice::delta
