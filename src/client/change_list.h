// ChangeList: the files of changes in the order of their versions, and what each means beside the
// others of its version.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "protocol/ndjson_reader.h"

namespace sluice::client {

/// A file whose rows are changes.
struct ListedChange {
  /// "insert" or "delete"; empty: each row of the file says, or it was only added rows that were
  /// asked for.
  std::string type;
  protocol::File file;
  /// Given for a file that a commit kept with another deletion vector, as its other side: the
  /// changes are the rows that the vector of `file` names and the one here does not.
  std::optional<protocol::File> other;
};

/// Which rows of a commit are wanted.
enum class CommitRows {
  kChanged,     ///< All that it changed.
  kAdded,       ///< Those that it added; a commit that also removed or rewrote rows is refused.
  kAddedAlone,  ///< Likewise, and such a commit is left out.
};

struct ChangeListOptions {
  CommitRows rows = CommitRows::kChanged;
  std::int64_t last_version = 0;  ///< Files of later versions are left out.
  /// Files held before versions are given out without having seen the whole listing.
  std::size_t max_waiting = 65'536;
  std::int64_t max_bytes = std::int64_t{1} << 30;  ///< Of files held.
};

/// A server may list changes in any order, so all are held until Finish() unless they are many and
/// have come version by version. Not thread-safe.
class ChangeList {
 public:
  using Sink = std::function<Status(ListedChange)>;  ///< May block.
  ChangeList(ChangeListOptions options, Sink sink) : options_(options), sink_(std::move(sink)) {}

  /// Files of kind kFile do not belong here. Errors: those of the sink; kMalformed without version
  /// or timestamp; kTooLarge for more files than can be held; kUnsupported for a version that comes
  /// after later ones were given out, and for one that CommitRows::kAdded refuses.
  Status Add(protocol::File file);
  /// Gives out what is left.
  Status Finish();

 private:
  using Files = std::vector<protocol::File>;
  Status GiveBelow(std::int64_t version);
  Status GiveVersion(const Files& files);
  Status GiveAdded(const Files& files);
  Status GiveMoves(const Files& files);
  Status GiveNewVector(const protocol::File& removed, const protocol::File& added);

  const ChangeListOptions options_;
  const Sink sink_;
  std::map<std::int64_t, Files> waiting_;
  std::size_t num_waiting_ = 0;
  std::int64_t bytes_waiting_ = 0;
  std::int64_t newest_ = -1;
  bool in_order_ = true;
  std::int64_t given_below_ = 0;
};

}  // namespace sluice::client
