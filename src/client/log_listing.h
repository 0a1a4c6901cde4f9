// The files of a table's own log as a scan lists them. Each has its path in the table's folder for
// URL and id, and so has the file of its deletion vector.
#pragma once

#include <string>

#include "base/result.h"
#include "client/client.h"
#include "client/file_source.h"
#include "delta/changes.h"
#include "delta/snapshot.h"

namespace sluice::client {

/// A table as its log describes it, which is the delta format.
TableInfo InfoOf(const delta::Protocol& protocol, const delta::Metadata& metadata,
                 std::int64_t version);

/// kUnsupported where some file lies outside of the folder, whose location has the text `root`.
Status CheckPlaces(const delta::Snapshot& files, const std::string& root);

/// The files of `files`, which is `table` or a part of it. `root` is the text of the table's
/// location. Errors: those of the sink; kUnsupported for a file outside of the folder, kCorrupt.
struct SnapshotToList {
  const delta::Snapshot& table;
  const delta::Snapshot& files;
  const std::string& root;
};
Status ListSnapshot(const SnapshotToList& snapshot, const ListingSink& sink);

/// As an answer with historical metadata: the table at the first version, then the files, and what
/// the table became between them. Errors also: those of delta::Changes.
Status ListChanges(const delta::Changes& changes, const std::string& root, const ListingSink& sink);

}  // namespace sluice::client
