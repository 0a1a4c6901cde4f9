// When versions were committed: file modification times made monotonic, or in-commit timestamps.
// Format: PROTOCOL.md of delta-io/delta, "In-Commit Timestamps".
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "delta/log_segment.h"
#include "delta/snapshot.h"

namespace sluice::delta {

struct CommitTime {
  std::int64_t version = 0;
  std::int64_t millis = 0;
};

/// The commits at the end of the log without a gap, from the oldest version that can be rebuilt, by
/// file time; each at least one millisecond after the one before.
std::vector<CommitTime> FileTimes(const LogListing& listing);

/// Whether the table keeps in-commit timestamps now.
bool KeepsInCommitTimestamps(const Metadata& metadata);

/// The first version that has one: `delta.inCommitTimestampEnablementVersion`, else 0.
std::int64_t InCommitTimestampsSince(const Metadata& metadata);

/// The in-commit timestamp in the commit's first action; nullopt without one. Errors: as
/// ReadActions.
Result<std::optional<std::int64_t>> ReadInCommitTimestamp(const storage::ObjectStore& store,
                                                          const std::string& key,
                                                          std::int64_t max_bytes);

/// Commit times of a table's log, for time travel.
class History {
 public:
  struct Source {
    const storage::ObjectStore* store = nullptr;  ///< Outlives the history.
    std::int64_t max_commit_bytes = 0;
  };
  /// `metadata` is that of the latest version.
  History(const LogListing& listing, const Metadata& metadata, Source source);

  /// The last version at or before `millis`. Errors: kInvalidArgument before the first and after
  /// the last commit; from the store.
  Result<std::int64_t> AtOrBefore(std::int64_t millis) const;
  /// The first version at or after `millis`. Errors: kInvalidArgument after the last commit; from
  /// the store.
  Result<std::int64_t> AtOrAfter(std::int64_t millis) const;

 private:
  Result<std::int64_t> TimeOf(std::size_t i) const;
  /// Number of commits for which `time < millis`, or `time <= millis` when `inclusive`.
  Result<std::size_t> CountBefore(std::int64_t millis, bool inclusive) const;
  tl::unexpected<Error> OutOfRange(std::int64_t millis) const;

  Source source_;
  std::vector<CommitTime> times_;
  std::size_t in_commit_from_ = 0;  ///< Commits from here on have in-commit timestamps.
};

}  // namespace sluice::delta
