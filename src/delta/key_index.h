// From the key of a logical file to where it is in a snapshot's batches.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "delta/file_key.h"

namespace sluice::delta {

/// An open-addressed table of 8 bytes a slot that holds places, not keys: candidates are compared
/// in the batch itself, and files that no longer live are passed over. So it follows a growing list
/// of batches, and clearing a live bit needs no change here. Not thread-safe.
class KeyIndex {
 public:
  struct Place {
    std::size_t batch;
    std::int64_t row;
  };

  explicit KeyIndex(const std::vector<LiveBatch>& batches);

  /// Takes in the batches from `first` on, which are new at the end of the list.
  void Insert(const std::vector<LiveBatch>& batches, std::size_t first);

  /// Every live row of `key`: one, or none; more only where the log was wrong.
  std::vector<Place> Find(FileKeyView key, const std::vector<LiveBatch>& batches) const;

  std::int64_t memory_bytes() const;

 private:
  void Rebuild(const std::vector<LiveBatch>& batches);
  void InsertRows(const std::vector<LiveBatch>& batches, std::size_t first);
  void Put(std::uint64_t hash, std::uint64_t place);

  std::vector<std::uint64_t> slots_;
  std::size_t used_ = 0;
};

}  // namespace sluice::delta
