// The order in which the files of a version are given out where not all are given at once: the
// oldest first, and those of the same time by a digest of what names a file. It depends on the
// files alone and not on how a snapshot came by them, so that one process can go on where another
// stopped.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "delta/bits.h"
#include "delta/snapshot.h"

namespace sluice::delta {

/// The place of a file in the order. The same in every process.
struct FilePlace {
  std::int64_t modification_time = 0;
  std::uint64_t digest_high = 0;
  std::uint64_t digest_low = 0;

  bool operator<(const FilePlace& other) const {
    return std::tie(modification_time, digest_high, digest_low) <
           std::tie(other.modification_time, other.digest_high, other.digest_low);
  }
};

struct PartRequest {
  std::optional<FilePlace> after;         ///< Begins behind this file; nullopt: with the first.
  std::optional<std::int64_t> max_files;  ///< At least 1.
  /// Ends with the file whose rows make up that many. A file without stats counts none, since its
  /// rows cannot be relied on.
  std::optional<std::int64_t> max_rows;
  /// One a batch: the files whose rows count. Null: of every file.
  const std::vector<Bits>* counted = nullptr;
};

/// The next files in order.
struct FilesPart {
  std::shared_ptr<const Snapshot> files;  ///< Shares the batches of the whole.
  /// The last file of the part, where others follow that the limit of rows does not end before.
  std::optional<FilePlace> last;
  std::optional<std::int64_t> rows_left;  ///< Of `max_rows`, when `last` is given.
};

/// Memory beside the part itself: about 40 bytes for each of `max_files`, bounded without.
FilesPart TakeFiles(const std::shared_ptr<const Snapshot>& snapshot, const PartRequest& request);

/// How many files of the snapshot stand behind a place.
std::int64_t CountFilesAfter(const Snapshot& snapshot, const FilePlace& place);

}  // namespace sluice::delta
